import Definitions
import Testing

@testable import Endpoints

@Suite("A roll-out in stages")
struct RolloutTests {
    private func plan(
        _ shares: [Double],
        baking seconds: Int = 10,
        minUnits: Int = 0,
        wait: Int = 0,
        limit: Int? = nil,
        guardrails: [Guardrail] = [],
        rates: [RateGuardrail] = []
    ) -> RolloutPlan {
        RolloutPlan(
            stages: shares.map { .init(share: $0, bakingTime: .seconds(seconds), minUnits: minUnits) },
            terminationWait: .seconds(wait),
            timeLimit: limit.map { .seconds($0) },
            guardrails: guardrails,
            rates: rates
        )
    }

    private func seen(answers: Int = 0, failures: Int = 0) -> VariantObservation {
        VariantObservation(answers: answers, failures: failures)
    }

    private func counts(
        _ old: RolloutCounts.Tally = .init(units: 50),
        _ new: RolloutCounts.Tally = .init(units: 50),
        weight: Double = 0.5
    ) -> [RolloutCounts] {
        [RolloutCounts(weight: weight, old: old, new: new)]
    }

    @Test("without stages and waits, it is complete at once")
    func immediate() {
        #expect(Rollout(.immediate, elapsed: .zero).begin() == .complete)
        #expect(Rollout(RolloutPlan(stages: []), elapsed: .zero).begin() == .complete)
    }

    @Test("each stage is watched, and the last one until what is old may go")
    func stages() {
        var rollout = Rollout(plan([0.1, 0.5, 1], wait: 5), elapsed: .zero)
        #expect(rollout.begin() == .route(stage: 0))
        #expect(rollout.routed(at: .seconds(1)) == .watch(until: .seconds(11)))
        #expect(rollout.observed(at: .seconds(10)) == .watch(until: .seconds(11)))
        #expect(rollout.observed(at: .seconds(11)) == .route(stage: 1))
        #expect(rollout.routed(at: .seconds(12)) == .watch(until: .seconds(22)))
        #expect(rollout.observed(at: .seconds(30)) == .route(stage: 2))
        #expect(rollout.routed(at: .seconds(31)) == .watch(until: .seconds(46)))
        #expect(rollout.observed(at: .seconds(45)) == .watch(until: .seconds(46)))
        #expect(rollout.observed(at: .seconds(46)) == .complete)
    }

    @Test("a stage lasts until what is new has answered its units")
    func units() {
        var rollout = Rollout(plan([0.5, 1], minUnits: 120), elapsed: .zero)
        _ = rollout.routed(at: .zero)
        #expect(rollout.observed(seen(), counts(), at: .seconds(20)) == .watch(until: .seconds(20)))
        #expect(rollout.observed(seen(), counts(), at: .seconds(21)) == .watch(until: .seconds(21)))
        #expect(rollout.observed(seen(), counts(), at: .seconds(22)) == .route(stage: 1))
        #expect(rollout.position == RolloutPosition(stage: 1))
    }

    @Test("neither a stage that is held nor one without leave goes on, but both are watched")
    func gates() {
        var rollout = Rollout(plan([0.5, 1], rates: [RateGuardrail(.errors)]), elapsed: .zero)
        _ = rollout.routed(at: .zero)
        #expect(rollout.observed(at: .seconds(4), isHeld: true) == .watch(until: .seconds(14)))
        #expect(rollout.observed(at: .seconds(9)) == .watch(until: .seconds(14)))
        #expect(rollout.observed(at: .seconds(14), mayAdvance: false) == .watch(until: .seconds(14)))
        let bad = counts(.init(units: 50), .init(units: 50, failed: 20))
        _ = rollout.observed(seen(), bad, at: .seconds(15), mayAdvance: false)
        guard case .rollBack = rollout.observed(seen(), bad, at: .seconds(16), isHeld: true, mayAdvance: false) else {
            Issue.record("The errors are not noticed.")
            return
        }
    }

    @Test("a threshold rolls it back at any stage, and says what was seen")
    func threshold() throws {
        var rollout = Rollout(plan([0.5, 1], guardrails: [try Guardrail("errors>1")]), elapsed: .zero)
        _ = rollout.routed(at: .zero)
        #expect(rollout.observed(seen(answers: 9, failures: 1), at: .seconds(1)) == .watch(until: .seconds(10)))
        let action = rollout.observed(seen(answers: 9, failures: 2), at: .seconds(2))
        let reason = "because of alarm \"errors>1\": 2 invocations of the new variants failed."
        #expect(action == .rollBack(reason: reason))
    }

    @Test("what fails more than before is rolled back, and what fails as much is not")
    func comparison() {
        var rollout = Rollout(plan([0.5, 1], baking: 1000, rates: [RateGuardrail(.errors)]), elapsed: .zero)
        _ = rollout.routed(at: .zero)
        for second in 1...100 {
            let both = RolloutCounts.Tally(units: 50, failed: 5)
            #expect(rollout.observed(seen(), counts(both, both), at: .seconds(second)) == .watch(until: .seconds(1000)))
        }
        _ = rollout.observed(seen(), counts(.init(units: 50), .init(units: 50, failed: 25)), at: .seconds(101))
        var action = Rollout.Action.complete
        for second in 102...110 {
            action = rollout.observed(
                seen(),
                counts(.init(units: 50), .init(units: 50, failed: 25)),
                at: .seconds(second)
            )
            if case .rollBack = action { break }
        }
        guard case .rollBack(let reason) = action else {
            Issue.record("The errors are not noticed.")
            return
        }
        #expect(reason.hasPrefix("because ") && reason.contains("requests failed, compared with 500 of "))
    }

    @Test("a limit needs no comparison")
    func limit() {
        var rollout = Rollout(plan([1], rates: [RateGuardrail(.slowAnswers, limit: 0.01)]), elapsed: .zero)
        _ = rollout.routed(at: .zero)
        let slow = counts(.init(), .init(units: 50, slow: 10), weight: 1)
        var action = rollout.observed(seen(), slow, at: .seconds(1))
        if case .watch = action { action = rollout.observed(seen(), slow, at: .seconds(2)) }
        guard case .rollBack(let reason) = action else {
            Issue.record("The slow answers are not noticed.")
            return
        }
        #expect(reason.contains("answers took longer than the budget, which is above the limit of 0.01"))
    }

    @Test("another server goes on where the first one stood, with the same evidence")
    func resumed() {
        let plan = plan([0.1, 0.5, 1], rates: [RateGuardrail(.errors)])
        var first = Rollout(plan, elapsed: .zero)
        _ = first.routed(at: .zero)
        let told = counts(.init(units: 50, failed: 1), .init(units: 50, failed: 4))
        _ = first.observed(seen(), told, at: .seconds(10))
        _ = first.routed(at: .seconds(10))
        _ = first.observed(seen(), told, at: .seconds(14))
        #expect(first.position == RolloutPosition(stage: 1, watched: .seconds(4), units: 50))

        var second = Rollout(plan, elapsed: .seconds(100), position: first.position, counts: told + told)
        #expect(second.begin() == .route(stage: 1))
        #expect(second.routed(at: .seconds(1)) == .watch(until: .seconds(7)))
        #expect(second.evidence.watches[0].evidence == first.evidence.watches[0].evidence)
        #expect(second.observed(at: .seconds(7)) == .route(stage: 2))
    }

    @Test("its time limit counts from the request, also after a restart of the server")
    func timeLimit() {
        var fresh = Rollout(plan([0.5, 1], baking: 20, limit: 100), elapsed: .zero)
        _ = fresh.routed(at: .zero)
        #expect(fresh.observed(at: .seconds(15)) == .watch(until: .seconds(20)))
        var resumed = Rollout(plan([0.5, 1], baking: 20, limit: 100), elapsed: .seconds(90))
        _ = resumed.routed(at: .zero)
        #expect(resumed.observed(at: .seconds(10)) == .watch(until: .seconds(20)))
        let reason = "because it took longer than its limit of 100 s."
        #expect(resumed.observed(at: .seconds(11)) == .rollBack(reason: reason))
    }
}
