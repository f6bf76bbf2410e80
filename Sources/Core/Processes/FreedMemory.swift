import Synchronization
import WorkThreads

/// Returns freed memory to the system after work that took a lot of it.
///
/// The allocator would keep it: what many small allocations leave is never returned otherwise.
package final class FreedMemory: Sendable {
    package static let shared = FreedMemory()

    private struct State {
        var isWanted = false
        var isRunning = false
    }

    /// So that many requests cost no more than one.
    private static let delay: Duration = .seconds(1)
    /// The shortest time between two returns. They cost page faults, and may happen while large bodies are sent.
    private static let pause: Duration = .seconds(10)
    /// Once this much was freed after a return, another one follows.
    private static let worthwhile = 8 << 20

    private let clock: any Clock<Duration>
    private let giveBack: @Sendable () -> Void
    private let freeByteCount: @Sendable () -> Int
    private let state = Mutex(State())

    init(
        clock: any Clock<Duration> = ContinuousClock(),
        giveBack: @escaping @Sendable () -> Void = { Allocator.giveBack() },
        freeByteCount: @escaping @Sendable () -> Int = { Allocator.freeByteCount }
    ) {
        self.clock = clock
        self.giveBack = giveBack
        self.freeByteCount = freeByteCount
    }

    /// Returns memory after a moment, and again while more is freed.
    package func giveBackSoon() {
        let isRunning = state.withLock { state in
            state.isWanted = true
            defer { state.isRunning = true }
            return state.isRunning
        }
        guard !isRunning else { return }
        Task {
            try? await clock.sleep(for: Self.delay)
            repeat {
                state.withLock { $0.isWanted = false }
                let rest = try? await offload { [giveBack, freeByteCount] in
                    giveBack()
                    return freeByteCount()
                }
                try? await clock.sleep(for: Self.pause)
                if let rest { await look(rest) }
            } while goesOn()
        }
    }

    /// A request may hold its memory for longer than the delay.
    private func look(_ rest: Int) async {
        let free = try? await offload { [freeByteCount] in freeByteCount() }
        if let free, free - rest > Self.worthwhile { state.withLock { $0.isWanted = true } }
    }

    private func goesOn() -> Bool {
        state.withLock { state in
            state.isRunning = state.isWanted
            return state.isRunning
        }
    }
}
