import TestSupport
import Testing

@testable import Endpoints

@Suite("The beat of roll-outs", .timeLimit(.minutes(1)))
@MainActor
struct RolloutBeatTests {
    private let clock = ManualClock()

    @Test("all that wait are woken together, again and again")
    func together() async {
        let beat = RolloutBeat(clock: clock)
        for _ in 0..<3 {
            let waiting = (0..<100).map { _ in Task { await beat.wait() } }
            // One after the other, on this actor, so that all wait by then.
            await clock.sleepers()
            clock.advance(by: RolloutBeat.interval)
            for task in waiting { await task.value }
        }
    }

    @Test("who is cancelled does not wait, and all that wait can be woken")
    func cancelled() async {
        let beat = RolloutBeat(clock: clock)
        let waiting = Task { await beat.wait() }
        await clock.sleepers()
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await beat.wait()
        }
        await cancelled.value
        waiting.cancel()
        beat.wakeAll()
        await waiting.value
    }
}
