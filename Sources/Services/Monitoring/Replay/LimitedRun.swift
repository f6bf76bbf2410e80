import Definitions
import Dispatch
import Foundation
import Runtimes
import Synchronization

/// Ends a replay from another thread, and the run that it waits for.
final class ReplayCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var end: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func cancel() {
        let end = state.withLock { state in
            state.isCancelled = true
            return state.end
        }
        end?()
    }

    /// Runs a model for a limited time, on a thread that gets only what others leave of the processors. Blocks.
    ///
    /// Not all runtimes end a run when they are asked to. Such a run is left to its thread.
    ///
    /// - Returns: `nil` if the time is over, or if the replay was canceled.
    func run<Value: Sendable>(
        _ limit: Duration,
        _ work: @escaping @Sendable (RunCancellation) -> Value
    ) -> Value? {
        let run = LimitedRun<Value>()
        let isStarted = state.withLock { state in
            guard !state.isCancelled else { return false }
            state.end = { run.end() }
            return true
        }
        guard isStarted else { return nil }
        defer { state.withLock { $0.end = nil } }
        return run.wait(limit, for: work)
    }
}

private final class LimitedRun<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let done = DispatchSemaphore(value: 0)
    private let cancellation = RunCancellation()

    func wait(_ limit: Duration, for work: @escaping @Sendable (RunCancellation) -> Value) -> Value? {
        let thread = Thread { [self] in
            // In Linux, this is the priority of the calling thread alone.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            let value = work(cancellation)
            self.value.withLock { $0 = value }
            done.signal()
        }
        thread.name = "replay-run"
        thread.start()
        guard done.wait(timeout: .now() + limit.seconds) == .success else {
            cancellation.cancel()
            return nil
        }
        return value.withLock { $0 }
    }

    /// Asks the run to end, and ends the wait for it.
    func end() {
        cancellation.cancel()
        done.signal()
    }
}
