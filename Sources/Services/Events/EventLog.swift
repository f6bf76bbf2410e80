package import Catalog
package import Definitions
package import Foundation
package import Logging
import Synchronization
import WorkThreads

/// What happened on the server: recorded, listed and counted.
package final class EventLog: Sendable {
    /// How many events are kept, and for how long.
    package static let countLimit = 100_000
    package static let ageLimitDays = 90

    private struct State {
        var listeners: [UUID: AsyncStream<Void>.Continuation] = [:]
        var isClosed = false
        var pruning: Task<Void, Never>?
        /// The events since the start up to ``counted``.
        var counts: [EventKind: Int] = [:]
        /// `nil` until the first count.
        var counted: Int?
    }

    let catalog: Catalog
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    package init(catalog: Catalog, logger: Logger, now: @escaping @Sendable () -> Date = { Date() }) {
        self.catalog = catalog
        self.logger = logger
        self.now = now
    }

    /// Begins to count the events. Call it before anything happens.
    package func prepare() async throws {
        let newest = try await catalog.newestEvent()
        state.withLock { $0.counted = newest }
    }

    // MARK: Recording

    /// Records an event by itself. If that fails, the server log says so: what happened has happened anyway.
    ///
    /// An event of a change in the catalog goes into the change's transaction instead: see ``event(_:on:_:details:by:)``.
    package func record(
        _ kind: EventKind,
        on subject: Event.Subject,
        _ message: String,
        details: [String: String] = [:],
        by: String? = nil
    ) async {
        do {
            try await catalog.addEvent(event(kind, on: subject, message, details: details, by: by))
            wake()
        } catch {
            logger.error("Could not record event", metadata: ["event": "\(kind.rawValue)", "error": "\(error)"])
        }
    }

    /// Returns an event to be added by a change of the catalog. Call ``wake()`` after the change.
    package func event(
        _ kind: EventKind,
        on subject: Event.Subject,
        _ message: String,
        details: [String: String] = [:],
        by: String? = nil
    ) -> NewEvent {
        NewEvent(kind, on: subject, message, details: details, by: by, at: now())
    }

    /// Tells those who follow the events that there may be more.
    package func wake() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield() }
    }

    // MARK: Following

    /// Returns a stream with an element each time there may be more events, at once if there were several.
    ///
    /// Create it first and read the events then, so that none comes in between. It ends when the server stops.
    package func changes() -> AsyncStream<Void> {
        let id = UUID()
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
        }
        let isClosed = state.withLock { state in
            if !state.isClosed { state.listeners[id] = continuation }
            return state.isClosed
        }
        // Outside the lock, which the end of a stream also acquires.
        if isClosed { continuation.finish() }
        return stream
    }

    /// Returns the highest sequence that an event has had; 0 if there was none.
    package func newest() async throws -> Int { try await catalog.newestEvent() }

    package func events(_ query: EventQuery) async throws -> [Event] { try await catalog.events(query) }

    /// Returns the events, and if there are none, waits for the first one.
    ///
    /// - Parameter limit: How long to wait. An empty list then says that nothing has happened.
    package func events(_ query: EventQuery, waitingUpTo limit: Duration) async throws -> [Event] {
        let changes = changes()
        let found = try await withTimeLimit(limit) { [catalog] in
            var found = try await catalog.events(query)
            var changes = changes.makeAsyncIterator()
            while found.isEmpty, await changes.next() != nil { found = try await catalog.events(query) }
            return found
        }
        return found ?? []
    }

    // MARK: Counting

    /// Returns how many events of each kind there were since the server started.
    package func counts() async throws -> [EventKind: Int] {
        let (counts, from) = state.withLock { ($0.counts, $0.counted) }
        guard let from else { return counts }
        let (more, newest) = try await catalog.eventCounts(after: from)
        return state.withLock { state in
            // Another call may have counted them meanwhile.
            if state.counted == from {
                state.counts.merge(more, uniquingKeysWith: +)
                state.counted = newest
            }
            return state.counts
        }
    }

    // MARK: Keeping

    /// Begins to remove the events that are too old or too many, now and then.
    package func begin() {
        let task = Task { [self] in
            while !Task.isCancelled {
                do {
                    try await prune()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("Could not remove old events", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3600))
            }
        }
        state.withLock { $0.pruning = task }
    }

    /// Removes the events that are too old or too many.
    func prune() async throws {
        // Before they are gone.
        _ = try await counts()
        let oldest = now().addingTimeInterval(-Double(Self.ageLimitDays) * 86_400)
        try await catalog.removeEvents(before: oldest, allButNewest: Self.countLimit)
    }

    package func close() {
        state.withLock { $0.pruning }?.cancel()
        endFollowing()
    }

    /// Ends the streams of those who follow the events, so that the server can stop.
    package func endFollowing() {
        let listeners = state.withLock { state in
            state.isClosed = true
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
