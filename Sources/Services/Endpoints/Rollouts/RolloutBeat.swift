import Synchronization

/// Wakes all roll-outs together, about every second: one timer serves them all, and what they have counted is recorded in one
/// transaction.
final class RolloutBeat: Sendable {
    static let interval: Duration = .seconds(1)

    private let clock: any Clock<Duration>
    private let next = Mutex<Task<Void, Never>?>(nil)

    init(clock: any Clock<Duration>) { self.clock = clock }

    /// Waits for the next beat, unless the caller has been cancelled. Whoever cancels one that waits calls ``wakeAll()``.
    nonisolated(nonsending) func wait() async {
        let beat: Task<Void, Never>? = next.withLock { next in
            guard !Task.isCancelled else { return nil }
            if next == nil { next = Task { await sleep() } }
            return next
        }
        await beat?.value
    }

    private func sleep() async {
        try? await clock.sleep(for: Self.interval)
        next.withLock { $0 = nil }
    }

    /// Makes the next beat now.
    func wakeAll() { next.withLock { $0 }?.cancel() }
}
