package import Catalog
package import Definitions
package import Foundation
package import Logging
package import Outgoing
import Processes

/// The webhooks: defined, tried, and told about the events.
package actor WebhookService {
    /// The most webhooks of a server.
    package static let countLimit = 100

    private struct Entry {
        let deliveries: WebhookDeliveries
        let task: Task<Void, Never>
    }

    private let catalog: Catalog
    private let events: EventLog
    private let outgoing: OutgoingClient
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private var entries: [String: Entry] = [:]
    /// Whether events are delivered. In safe mode, they are not.
    private var isRunning = false
    /// Definitions and removals are applied one at a time.
    private let changes = Turnstile(capacity: 1)

    package init(
        catalog: Catalog,
        events: EventLog,
        outgoing: OutgoingClient,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.catalog = catalog
        self.events = events
        self.outgoing = outgoing
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    /// Begins to deliver events, each webhook from where the last server stopped.
    package func restore() async throws {
        isRunning = true
        for webhook in try await catalog.webhooks() { start(webhook) }
    }

    /// Stops all deliveries. The next server continues them.
    package func close() async {
        isRunning = false
        for name in entries.keys { await stop(name) }
    }

    private func start(_ webhook: WebhookRecord) {
        guard isRunning, entries[webhook.name] == nil else { return }
        do {
            let deliveries = WebhookDeliveries(
                webhook,
                kinds: try Self.kinds(webhook.definition),
                sender: try WebhookSender(webhook.definition, outgoing),
                events: events,
                logger: logger,
                clock: clock,
                now: now
            )
            entries[webhook.name] = Entry(deliveries: deliveries, task: Task { await deliveries.run() })
        } catch {
            logger.error("Could not start webhook", metadata: ["webhook": "\(webhook.name)", "error": "\(error)"])
        }
    }

    /// - Returns: How far the deliveries have come; `nil` if there were none.
    @discardableResult
    private func stop(_ name: String) async -> WebhookProgress? {
        guard let entry = entries.removeValue(forKey: name) else { return nil }
        entry.task.cancel()
        await entry.task.value
        return entry.deliveries.progress
    }

    // MARK: Reading

    package func webhooks() async throws -> [Webhook] {
        var webhooks: [Webhook] = []
        for record in try await catalog.webhooks() { webhooks.append(try await description(of: record)) }
        return webhooks
    }

    package func webhook(named name: String) async throws -> Webhook { try await description(of: record(name)) }

    private func record(_ name: String) async throws -> WebhookRecord {
        try Name.check(name, what: "webhook name", field: "webhook")
        do {
            if let record = try await catalog.webhook(named: name) { return record }
        } catch is DecodingError {
            throw RoostError(.unavailable, "The record of webhook '\(name)' is damaged. Remove it and add it again.")
        }
        throw RoostError(.notFound, "Webhook '\(name)' does not exist.", field: "webhook")
    }

    private func description(of record: WebhookRecord, newSecret: String? = nil) async throws -> Webhook {
        let deliveries = entries[record.name]?.deliveries
        let progress = deliveries?.progress ?? record.progress
        let pending: Int
        if let deliveries {
            pending = try await deliveries.pending()
        } else {
            pending = try await catalog.eventCount(of: Self.kinds(record.definition), after: progress.cursor)
        }
        return Webhook(
            name: record.name,
            url: ((try? OutgoingURL(record.definition.url))?.origin ?? "") + "/…",
            kinds: record.definition.kinds,
            format: record.definition.shownFormat,
            template: record.definition.template,
            secret: newSecret,
            createdAt: record.createdAt,
            state: progress.isDisabled ? .disabled : progress.lastError == nil ? .active : .failing,
            pending: pending,
            delivered: progress.delivered,
            failures: progress.failures,
            givenUp: progress.givenUp,
            lastSuccessAt: progress.lastSuccess,
            lastFailureAt: progress.lastFailure,
            lastError: progress.lastError
        )
    }

    /// Returns the kinds of events that a webhook is told about.
    private static func kinds(_ definition: WebhookDefinition) throws(RoostError) -> [EventKind] {
        guard !definition.kinds.isEmpty else { return EventKind.allCases }
        var kinds: Set<EventKind> = []
        for pattern in definition.kinds { kinds.formUnion(try EventKind.matching(pattern, field: "kinds")) }
        return EventKind.allCases.filter(kinds.contains)
    }

    // MARK: Changing

    /// Adds a webhook, which is told about the events from now on, or changes it. Then it continues where it was.
    ///
    /// - Returns: The webhook with its secret if that was made here, and whether it is new.
    package func define(
        _ name: String,
        _ definition: WebhookDefinition
    ) async throws -> (webhook: Webhook, isNew: Bool) {
        try Name.check(name, what: "webhook name", field: "webhook")
        _ = try Self.kinds(definition)
        let newSecret = definition.secret == nil ? WebhookSecret.make() : nil
        _ = try WebhookSender(definition.with(secret: definition.secret ?? newSecret), outgoing)
        do {
            try await outgoing.check(definition.url)
        } catch let error as OutgoingError {
            throw RoostError(.invalidInput, error.description, field: "url")
        }
        return try await changes.pass { try await put(name, definition, newSecret) }
    }

    private func put(
        _ name: String,
        _ definition: WebhookDefinition,
        _ newSecret: String?
    ) async throws -> (webhook: Webhook, isNew: Bool) {
        // One whose record is damaged is new.
        let known = try? await catalog.webhook(named: name)
        if known == nil, try await catalog.webhooks().count >= Self.countLimit {
            throw RoostError(.conflict, "Too many webhooks. The limit is \(Self.countLimit).", field: "webhook")
        }
        var record = WebhookRecord(
            name: name,
            definition: definition.with(secret: definition.secret ?? known?.definition.secret ?? newSecret),
            createdAt: known?.createdAt ?? now(),
            progress: WebhookProgress(cursor: try await catalog.newestEvent())
        )
        if var known {
            known.progress = await stop(name) ?? known.progress
            record.progress = known.progress.restarted
            do {
                try await catalog.putWebhook(record)
            } catch {
                start(known)
                throw error
            }
        } else {
            try await catalog.putWebhook(record)
        }
        start(record)
        return (try await description(of: record, newSecret: known == nil ? newSecret : nil), known == nil)
    }

    /// Removes a webhook, also one whose record is damaged. Events that wait are not delivered.
    ///
    /// - Returns: The webhook as it was.
    package func remove(_ name: String) async throws -> Webhook {
        try await changes.pass {
            let webhook: Webhook
            do {
                webhook = try await self.webhook(named: name)
            } catch let error as RoostError where error.code == .unavailable {
                webhook = Webhook(name: name, url: "", createdAt: now(), state: .disabled, lastError: error.message)
            }
            try await catalog.removeWebhook(name)
            await stop(name)
            return webhook
        }
    }

    /// Sends a test event at once, beside the other deliveries.
    package func test(_ name: String) async throws -> WebhookTest {
        let sender = try WebhookSender(try await record(name).definition, outgoing)
        let start = ContinuousClock.now
        let event = Event(
            sequence: 0,
            time: now(),
            kind: .webhookTest,
            subject: .init(.webhook, name),
            message: "This is a test of the webhook '\(name)'."
        )
        var test = WebhookTest(isDelivered: false, status: nil, response: nil, error: nil, seconds: 0)
        do {
            let response = try await sender.send(event, at: now())
            test.isDelivered = (200...299).contains(response.status)
            test.status = response.status
            test.response = String(decoding: response.body, as: UTF8.self)
        } catch let error as OutgoingError {
            test.error = error.description
        }
        test.seconds = (ContinuousClock.now - start) / .seconds(1)
        return test
    }
}

extension WebhookDefinition {
    fileprivate func with(secret: String?) -> WebhookDefinition {
        var definition = self
        definition.secret = secret
        return definition
    }
}

extension WebhookProgress {
    /// The progress after a new definition: everything is tried again.
    fileprivate var restarted: WebhookProgress {
        var progress = self
        progress.isDisabled = false
        progress.attempts = 0
        progress.refusals = 0
        return progress
    }
}
