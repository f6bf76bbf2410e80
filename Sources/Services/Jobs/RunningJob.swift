import Synchronization

/// A job that is waiting or running, as those see it who may end it before it is done.
package final class RunningJob: Sendable {
    /// Why a job is to end before it is done.
    package enum End: Sendable, Equatable {
        /// A user stops it.
        case stopped
        /// Its time is up.
        case timedOut
        /// The server ends; the job is taken up again with the next start.
        case serverEnds
    }

    private struct State {
        var end: End?
        var actions: [@Sendable (End) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Why it is to end; `nil` while nothing is wanted of it.
    package var end: End? { state.withLock { $0.end } }

    /// Asks the job to end. The first reason stays, unless the server ends, which is stronger.
    package func end(_ why: End) {
        let actions = state.withLock { state -> [@Sendable (End) -> Void] in
            guard state.end == nil || (why == .serverEnds && state.end != .serverEnds) else { return [] }
            state.end = why
            return state.actions
        }
        for action in actions { action(why) }
    }

    /// Calls `action` when the job is to end, at once where it is already.
    package func onEnd(_ action: @escaping @Sendable (End) -> Void) {
        let end = state.withLock { state in
            state.actions.append(action)
            return state.end
        }
        if let end { action(end) }
    }
}
