import Synchronization

/// A handle to end a job that is waiting or running.
package final class RunningJob: Sendable {
    /// The reason why a job must end early.
    package enum End: Sendable, Equatable {
        /// A user stopped it.
        case stopped
        /// It reached its time limit.
        case timedOut
        /// The server is stopping; the next start resumes the job.
        case serverEnds
    }

    private struct State {
        var end: End?
        var actions: [@Sendable (End) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The reason why the job must end; `nil` if it may continue.
    package var end: End? { state.withLock { $0.end } }

    /// Asks the job to end. The first reason is kept, except that ``End/serverEnds`` overrides the others.
    package func end(_ why: End) {
        let actions = state.withLock { state -> [@Sendable (End) -> Void] in
            guard state.end == nil || (why == .serverEnds && state.end != .serverEnds) else { return [] }
            state.end = why
            return state.actions
        }
        for action in actions { action(why) }
    }

    /// Calls `action` when the job is asked to end, immediately if it already was.
    package func onEnd(_ action: @escaping @Sendable (End) -> Void) {
        let end = state.withLock { state in
            state.actions.append(action)
            return state.end
        }
        if let end { action(end) }
    }
}
