import Foundation
import Synchronization

/// Lets a bounded number of jobs run at once; the others wait for their turn, first come, first served.
package final class JobQueue: Sendable {
    private struct State {
        var free: Int
        var waiting: [(id: UUID, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    package init(concurrency: Int) { state = Mutex(State(free: max(1, concurrency))) }

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
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
