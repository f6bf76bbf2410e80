import Catalog
import Definitions
import Foundation
import Logging
import Synchronization

/// Delivers the events of one webhook, one after the other and each at least once.
///
/// The events stay in the catalog until then, so that a receiver that is down costs no memory.
final class WebhookDeliveries: Sendable {
    /// How long to wait before what failed on this side is tried again.
    private static let pause = Duration.seconds(5)

    private struct State {
        var progress: WebhookProgress
        /// Up to here, no event is left to deliver.
        var scanned: Int
    }

    private let name: String
    private let kinds: [EventKind]
    private let sender: WebhookSender
    private let events: EventLog
    private let catalog: Catalog
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let state: Mutex<State>

    init(
        _ webhook: WebhookRecord,
        kinds: [EventKind],
        sender: WebhookSender,
        events: EventLog,
        logger: Logger,
        clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Date
    ) {
        name = webhook.name
        self.kinds = kinds
        self.sender = sender
        self.events = events
        catalog = events.catalog
        self.logger = logger
        self.clock = clock
        self.now = now
        state = Mutex(State(progress: webhook.progress, scanned: webhook.progress.cursor))
    }

    var progress: WebhookProgress { state.withLock { $0.progress } }

    /// Returns how many events wait.
    func pending() async throws -> Int {
        let place = state.withLock { max($0.scanned, $0.progress.cursor) }
        return try await catalog.eventCount(of: kinds, after: place)
    }

    /// Runs until it is canceled, or until the receiver is gone.
    func run() async {
        var changes = events.changes().makeAsyncIterator()
        while !Task.isCancelled, !progress.isDisabled {
            do {
                if let event = try await next() {
                    guard try await deliver(event) else { return }
                } else if await changes.next() == nil {
                    return
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "Could not read or record deliveries",
                    metadata: ["webhook": "\(name)", "error": "\(error)"]
                )
                try? await clock.sleep(for: Self.pause)
            }
        }
    }

    private func next() async throws -> Event? {
        // Before the events are read: a later one is not skipped.
        let newest = try await catalog.newestEvent()
        var query = EventQuery()
        query.kinds = kinds
        query.after = state.withLock { max($0.scanned, $0.progress.cursor) }
        query.limit = 1
        let event = try await catalog.events(query).first
        if event == nil { state.withLock { $0.scanned = newest } }
        return event
    }

    /// - Returns: `false` if nothing more is to be delivered.
    private func deliver(_ event: Event) async throws -> Bool {
        let answer = try await sender.deliver(event, at: now())
        var progress = progress
        let step = progress.take(answer, to: event, at: now(), jitter: .random(in: 0...1))
        // Recorded first: if that fails, the event is delivered once more.
        try await catalog.setProgress(progress, ofWebhook: name)
        state.withLock { $0.progress = progress }
        switch step {
        case .advance: return true
        case .retry(let wait):
            try await clock.sleep(for: wait)
            return true
        case .giveUp(let wait):
            logger.warning(
                "Gave up an event that could not be delivered",
                metadata: [
                    "webhook": "\(name)", "event": "\(event.sequence)", "reason": "\(progress.lastError ?? "")",
                ]
            )
            try await clock.sleep(for: wait)
            return true
        case .disable:
            logger.warning("Webhook disabled because its receiver is gone", metadata: ["webhook": "\(name)"])
            return false
        }
    }
}
