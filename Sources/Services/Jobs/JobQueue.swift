import Foundation
import Synchronization

/// Lets a bounded number of jobs run at once; the others wait for their turn, first come, first served.
package final class JobQueue: Sendable {
    private struct State {
        var concurrency: Int
        /// Less than none while more run than may, after ``concurrency`` was lowered.
        var free: Int
        var waiting: [(id: UUID, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    package init(concurrency: Int) {
        let concurrency = max(1, concurrency)
        state = Mutex(State(concurrency: concurrency, free: concurrency))
    }

    /// How many may run at once. Those that run already go on.
    package var concurrency: Int {
        get { state.withLock(\.concurrency) }
        set {
            let admitted = state.withLock { state in
                state.free += max(1, newValue) - state.concurrency
                state.concurrency = max(1, newValue)
                return Self.admit(&state)
            }
            for continuation in admitted { continuation.resume(returning: true) }
        }
    }

    /// Those who have waited longest, as many as there are places for.
    private static func admit(_ state: inout State) -> [CheckedContinuation<Bool, Never>] {
        let count = min(max(0, state.free), state.waiting.count)
        state.free -= count
        let admitted = state.waiting.prefix(count).map(\.continuation)
        state.waiting.removeFirst(count)
        return admitted
    }

    /// Waits for a place. Where the answer is `true`, ``leave()`` gives it back; `false`: the job is to end before it began.
    package func enter(_ job: RunningJob) async -> Bool {
        let id = UUID()
        return await withCheckedContinuation { continuation in
            let hasPlace = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append((id, continuation))
                    return false
                }
                state.free -= 1
                return true
            }
            if hasPlace {
                continuation.resume(returning: true)
            } else {
                job.onEnd { [self] _ in give(up: id) }
            }
        }
    }

    private func give(up id: UUID) {
        let waiter = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: false)
    }

    /// Gives a place back, to the one who has waited longest.
    package func leave() {
        let admitted = state.withLock { state in
            state.free += 1
            return Self.admit(&state)
        }
        for continuation in admitted { continuation.resume(returning: true) }
    }
}
