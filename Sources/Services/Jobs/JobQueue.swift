import Foundation
import Synchronization

/// Limits how many jobs run at once. The others wait, first come, first served.
package final class JobQueue: Sendable {
    private struct State {
        var concurrency: Int
        /// Negative while more jobs run than allowed, after ``concurrency`` was lowered.
        var free: Int
        var waiting: [(id: UUID, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    package init(concurrency: Int) {
        let concurrency = max(1, concurrency)
        state = Mutex(State(concurrency: concurrency, free: concurrency))
    }

    /// How many jobs may run at once. Lowering it does not affect running jobs.
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

    /// Removes the longest-waiting jobs from the queue, as many as there are free places.
    private static func admit(_ state: inout State) -> [CheckedContinuation<Bool, Never>] {
        let count = min(max(0, state.free), state.waiting.count)
        state.free -= count
        let admitted = state.waiting.prefix(count).map(\.continuation)
        state.waiting.removeFirst(count)
        return admitted
    }

    /// Waits for a place, which ``leave()`` gives back.
    ///
    /// - Returns: `false` if the job was asked to end before it got a place.
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

    /// Gives a place back, and passes it on to the job that has waited longest.
    package func leave() {
        let admitted = state.withLock { state in
            state.free += 1
            return Self.admit(&state)
        }
        for continuation in admitted { continuation.resume(returning: true) }
    }
}
