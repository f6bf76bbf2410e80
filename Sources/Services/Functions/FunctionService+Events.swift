import Catalog
package import Definitions
import Foundation
import Logging
import Synchronization

/// Events that nobody waits for. Each is recorded first, and handled at most once.
extension FunctionService {
    /// Records an event, to be handled later. An event that a process had got when the server ended is recorded as failed.
    package func enqueue(_ name: String, qualifier: String?, _ event: FunctionEvent, id: String) async throws {
        let (function, _, event) = try admit(name, qualifier, event)
        guard event.payload.count <= FunctionEvent.queuedPayloadLimit else {
            throw FunctionProblem.eventTooLarge(limit: FunctionEvent.queuedPayloadLimit)
        }
        var queued = QueuedEvent(
            id: id,
            function: name,
            functionID: function.id,
            qualifier: qualifier,
            acceptedAt: Date(),
            byteCount: event.payload.count
        )
        queued.clientContext = event.clientContext
        queued.invokedARN = event.invokedARN
        guard events.reserve(queued) else { throw FunctionProblem.busy(isReserved: false) }
        do {
            try await catalog.addFunctionEvent(queued, payload: String(decoding: event.payload, as: UTF8.self))
        } catch {
            events.release(queued)
            throw error
        }
        events.append(queued)
        handleEvents(of: function)
    }

    /// The events of a function that wait, are being handled, or have failed.
    package func events(of name: String) async throws -> [QueuedEvent] {
        _ = try function(named: name)
        return try await catalog.functionEvents(of: name)
    }

    /// Handles the next events of a function, as many at once as it may.
    func handleEvents(of function: Function) {
        guard !state.withLock({ $0.isClosed }) else { return }
        let limit = min(function.reservedConcurrency ?? configuration.concurrency, configuration.concurrency)
        while let event = events.take(of: function.id, limit: limit) {
            Task {
                let isOver = await handle(event)
                events.finish(event, isOver: isOver)
                if !isOver { try? await Task.sleep(for: .seconds(1)) }
                if let function = try? self.function(named: event.function) { handleEvents(of: function) }
            }
        }
    }

    /// Handles a recorded event, and removes or changes its record.
    ///
    /// - Returns: `false` if the function is busy, so that the event has to wait.
    private func handle(_ queued: QueuedEvent) async -> Bool {
        do {
            guard try function(named: queued.function).id == queued.functionID,
                let payload = try await catalog.payload(ofFunctionEvent: queued.id)
            else { throw FunctionProblem.notFound(name: queued.function, qualifier: nil) }
            var sent = FunctionEvent(payload: Data(payload.utf8))
            sent.clientContext = queued.clientContext
            sent.invokedARN = queued.invokedARN
            let (function, version, event) = try admit(queued.function, queued.qualifier, sent)
            // Recorded before a process gets it: after a crash, nobody knows how far it came.
            let outcome = try await invoke(function, version, event, id: queued.id) { [catalog] in
                var running = queued
                running.state = .running
                try await catalog.putFunctionEvent(running)
            }
            // The process was ended because this server ends. The next one records that the event has failed.
            if outcome.isError, state.withLock({ $0.isClosed }) { return true }
            try await catalog.removeFunctionEvent(queued.id)
        } catch FunctionProblem.busy {
            return false
        } catch FunctionProblem.notFound {
            await fail(queued, reason: "the function or its version does not exist any more")
        } catch FunctionProblem.unavailable(let reason) {
            // The next server tries again.
            guard !state.withLock({ $0.isClosed }) else { return true }
            await fail(queued, reason: reason)
        } catch {
            logger.error(
                "An event's record cannot be read or changed",
                metadata: ["function": "\(queued.function)", "error": "\(error)"]
            )
        }
        return true
    }

    private func fail(_ queued: QueuedEvent, reason: String) async {
        var failed = queued
        failed.state = .failed
        failed.reason = reason
        try? await catalog.putFunctionEvent(failed)
        note(queued.function, "RequestId: \(queued.id) The event was not handled: \(reason)")
    }

    /// Writes a line into a function's log, in a stream of its own.
    package func note(_ function: String, _ line: String) {
        let stream = FunctionLogs.newStream(version: Function.latest, at: Date())
        logs.writer(of: function, stream: stream).append(line)
    }

    /// Handles the events that an earlier server accepted and no process got. Those that a process had got have failed.
    func restoreEvents() async throws {
        // A failed event is kept for a week, so that someone can look.
        try await catalog.removeFailedFunctionEvents(before: Date(timeIntervalSinceNow: -7 * 86400))
        for queued in try await catalog.functionEvents() {
            switch queued.state {
            case .failed: continue
            case .running: await fail(queued, reason: "the server ended while the function ran")
            case .waiting:
                _ = events.reserve(queued, isAccepted: true)
                events.append(queued)
            }
        }
        for function in all() { handleEvents(of: function) }
    }
}

/// The events that wait for their turn, without their payloads.
final class EventQueue: Sendable {
    /// The most events of a function, and the most bytes of all events, that wait or are being handled.
    private static let countLimit = 10_000
    private static let byteLimit = 1 << 30

    private struct Waiting {
        /// In the order in which they were accepted.
        var events: [QueuedEvent] = []
        /// Where the next one is, so that taking it does not move the others.
        var next = 0
        var running = 0
        /// With those that are being recorded.
        var count = 0
    }

    private struct State {
        var functions: [String: Waiting] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())

    /// Counts an event that is going to be accepted.
    ///
    /// - Parameter isAccepted: Whether it was accepted before, so that it counts beyond the limits too.
    /// - Returns: `false` if there are too many.
    func reserve(_ event: QueuedEvent, isAccepted: Bool = false) -> Bool {
        state.withLock { state in
            let count = state.functions[event.functionID]?.count ?? 0
            let isFull = count >= Self.countLimit || state.byteCount > Self.byteLimit - event.byteCount
            guard isAccepted || !isFull else { return false }
            state.functions[event.functionID, default: Waiting()].count += 1
            state.byteCount += event.byteCount
            return true
        }
    }

    /// Takes back a reservation.
    func release(_ event: QueuedEvent) {
        state.withLock { state in
            state.functions[event.functionID]?.count -= 1
            state.byteCount -= event.byteCount
        }
    }

    func append(_ event: QueuedEvent) {
        state.withLock { $0.functions[event.functionID, default: Waiting()].events.append(event) }
    }

    /// Takes the next event of a function, unless it handles as many as it may.
    func take(of function: String, limit: Int) -> QueuedEvent? {
        state.withLock { state in
            guard var waiting = state.functions[function], waiting.running < limit,
                waiting.next < waiting.events.count
            else { return nil }
            let event = waiting.events[waiting.next]
            waiting.next += 1
            waiting.running += 1
            if waiting.next > 1000, waiting.next * 2 > waiting.events.count {
                waiting.events.removeFirst(waiting.next)
                waiting.next = 0
            }
            state.functions[function] = waiting
            return event
        }
    }

    /// An event that was taken is handled or, if it is not `isOver`, waits again.
    func finish(_ event: QueuedEvent, isOver: Bool) {
        state.withLock { state in
            state.functions[event.functionID]?.running -= 1
            if isOver {
                state.functions[event.functionID]?.count -= 1
                state.byteCount -= event.byteCount
            } else {
                state.functions[event.functionID]?.events.append(event)
            }
        }
    }

    /// Forgets the events of a function that is gone, except those that are being handled.
    func remove(_ function: String) {
        state.withLock { state in
            guard var waiting = state.functions[function] else { return }
            let rest = waiting.events[waiting.next...]
            state.byteCount -= rest.reduce(0) { $0 + $1.byteCount }
            waiting.count -= rest.count
            waiting.events = []
            waiting.next = 0
            state.functions[function] = waiting.running > 0 ? waiting : nil
        }
    }
}
