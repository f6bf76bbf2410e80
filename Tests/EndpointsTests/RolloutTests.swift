import Definitions
import Testing

@testable import Endpoints

@Suite("The roll-out of an endpoint's change")
struct RolloutTests {
    private func seen(answers: Int = 0, failures: Int = 0) -> VariantObservation {
        VariantObservation(answers: answers, failures: failures)
    }

    @Test("without steps and waits, it is complete at once")
    func immediate() {
        #expect(Rollout(.immediate, elapsed: .zero).begin() == .complete)
        #expect(Rollout(RolloutPlan(shares: []), elapsed: .zero).begin() == .complete)
    }

    @Test("each step is watched, and the last one until the old variants may go")
    func steps() {
        let plan = RolloutPlan(shares: [0.1, 0.5, 1], bakingTime: .seconds(10), terminationWait: .seconds(5))
        var rollout = Rollout(plan, elapsed: .zero)
        #expect(rollout.begin() == .route(share: 0.1))
        #expect(rollout.routed(at: .seconds(1)) == .watch(until: .seconds(11)))
        #expect(rollout.observed(seen(answers: 3), at: .seconds(10)) == .watch(until: .seconds(11)))
        #expect(rollout.observed(seen(answers: 4), at: .seconds(11)) == .route(share: 0.5))
        #expect(rollout.routed(at: .seconds(12)) == .watch(until: .seconds(22)))
        #expect(rollout.observed(seen(answers: 9), at: .seconds(30)) == .route(share: 1))
        #expect(rollout.routed(at: .seconds(31)) == .watch(until: .seconds(46)))
        #expect(rollout.observed(seen(answers: 9), at: .seconds(45)) == .watch(until: .seconds(46)))
        #expect(rollout.observed(seen(answers: 9), at: .seconds(46)) == .complete)
    }

    @Test("a guardrail rolls it back at any step, and says what it saw")
    func guardrail() throws {
        let plan = RolloutPlan(shares: [0.5, 1], bakingTime: .seconds(9), guardrails: [try Guardrail("errors>1")])
        var rollout = Rollout(plan, elapsed: .zero)
        _ = rollout.begin()
        _ = rollout.routed(at: .zero)
        #expect(rollout.observed(seen(answers: 9, failures: 1), at: .seconds(1)) == .watch(until: .seconds(9)))
        let action = rollout.observed(seen(answers: 9, failures: 2), at: .seconds(2))
        let reason =
            "The update was rolled back because of alarm \"errors>1\": 2 invocations of the new variants failed."
        #expect(action == .rollBack(reason: reason))
    }

    @Test("its time limit counts from the request, also after a restart of the server")
    func timeLimit() {
        let plan = RolloutPlan(shares: [0.5, 1], bakingTime: .seconds(20), timeLimit: .seconds(100))
        var fresh = Rollout(plan, elapsed: .zero)
        _ = fresh.routed(at: .zero)
        #expect(fresh.observed(seen(), at: .seconds(15)) == .watch(until: .seconds(20)))
        var resumed = Rollout(plan, elapsed: .seconds(90))
        _ = resumed.routed(at: .zero)
        #expect(resumed.observed(seen(), at: .seconds(10)) == .watch(until: .seconds(20)))
        let reason = "The update was rolled back because it took longer than its limit of 100 s."
        #expect(resumed.observed(seen(), at: .seconds(11)) == .rollBack(reason: reason))
    }
}
