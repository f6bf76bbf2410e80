import Dispatch
import Foundation
import Synchronization

/// Runs blocking or long work outside Swift's cooperative thread pool.
package func offload<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        WorkThreads.shared.run { continuation.resume(with: Swift.Result { try work() }) }
    }
}

/// Runs work that lasts as long as a job on its own thread.
///
/// - Parameter isYielding: Whether the thread gets only what others leave of the processors.
package func runOnThread<Result: Sendable>(
    named name: String,
    isYielding: Bool = false,
    _ work: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread {
            // In Linux, this is the priority of the calling thread alone.
            if isYielding { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
            continuation.resume(with: Swift.Result { try work() })
        }
        thread.name = name
        thread.start()
    }
}

/// A thread pool that grows on demand, and shrinks when threads are idle.
///
/// It does not use Dispatch's global queues: these start no further threads while existing ones compute, and the readers of the
/// database wait in them. A slow archive or model of one user must not delay anything else.
private final class WorkThreads: Sendable {
    static let shared = WorkThreads()

    private static let limit = 256
    private static let patience: DispatchTimeInterval = .seconds(10)

    private struct State {
        var queue: [@Sendable () -> Void] = []
        var count = 0
        /// Threads that are waiting and have not been woken yet.
        var idle = 0
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    func run(_ work: @escaping @Sendable () -> Void) {
        let (wakes, starts) = state.withLock { state in
            state.queue.append(work)
            if state.idle > 0 {
                state.idle -= 1
                return (true, false)
            }
            guard state.count < Self.limit else { return (false, false) }
            state.count += 1
            return (false, true)
        }
        if wakes { wake.signal() }
        guard starts else { return }
        let thread = Thread { [self] in loop() }
        thread.name = "roost-work"
        thread.start()
    }

    private func loop() {
        while true {
            let work = state.withLock { state in
                if state.queue.isEmpty {
                    state.idle += 1
                    return nil as (@Sendable () -> Void)?
                }
                return state.queue.removeFirst()
            }
            if let work {
                work()
            } else if wake.wait(timeout: .now() + Self.patience) == .timedOut {
                let ends = state.withLock { state in
                    guard state.idle > 0 else { return false }
                    state.idle -= 1
                    state.count -= 1
                    return true
                }
                if ends { return }
                // A thread was woken in the meantime, and it is this one.
                wake.wait()
            }
        }
    }
}
