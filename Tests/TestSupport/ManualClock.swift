import Synchronization

/// A clock that moves only when a test moves it.
package final class ManualClock: Clock {
    package struct Instant: InstantProtocol {
        var offset: Duration = .zero

        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private struct Sleeper {
        var end: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant()
        var count = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Removes and returns the watchers that wait for no more sleepers than there are.
        mutating func takeWatchers() -> [CheckedContinuation<Void, Never>] {
            let isDue = watchers.map { $0.count <= sleepers.count }
            defer { watchers = zip(watchers, isDue).filter { !$0.1 }.map(\.0) }
            return zip(watchers, isDue).filter(\.1).map(\.0.continuation)
        }
    }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Duration { .zero }

    /// Moves the time, and wakes the tasks whose time it is.
    package func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.end <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.end < $1.end }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Waits until this many tasks sleep.
    package func sleepers(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let due = state.withLock { state in
                state.watchers.append((count, continuation))
                return state.takeWatchers()
            }
            for watcher in due { watcher.resume() }
        }
    }

    package func sleep(until end: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (isOver, due) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                    guard end > state.now, !Task.isCancelled else { return (true, []) }
                    state.sleepers[id] = Sleeper(end: end, continuation: continuation)
                    return (false, state.takeWatchers())
                }
                for watcher in due { watcher.resume() }
                guard isOver else { return }
                continuation.resume(with: Result { try Task.checkCancellation() })
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
