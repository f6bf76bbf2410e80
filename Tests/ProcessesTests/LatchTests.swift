import Processes
import TestSupport
import Testing

@Suite("Latch")
struct LatchTests {
    @Test("opening it wakes all that wait, and nobody waits for an open one")
    func opens() async {
        let latch = Latch()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { await latch.wait() } }
            latch.open()
        }
        await latch.wait()
    }

    @Test("a canceled task waits no longer")
    func canceled() async {
        let latch = Latch()
        let task = Task { await latch.wait() }
        task.cancel()
        await task.value
    }

    @Test("waiting ends at the limit, or earlier if it opens")
    func limit() async {
        let (latch, clock) = (Latch(), ManualClock())
        let late = Task { await latch.wait(atMost: .seconds(2), by: clock) }
        await clock.sleepers()
        clock.advance(by: .seconds(2))
        await late.value
        let early = Task { await latch.wait(atMost: .seconds(2), by: clock) }
        await clock.sleepers()
        latch.open()
        await early.value
    }
}
