import AsyncHTTPClient
public import Definitions
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
public import NativeAPI

/// Events and webhooks.
extension RoostClient {
    /// Selects events. Unset properties match everything.
    public struct EventFilter: Sendable {
        /// A kind of event, or a group such as `release.*`.
        public var kind: String?
        /// `KIND` or `KIND:NAME`, such as `job:nightly`.
        public var subject: String?
        /// The pipeline that the events are about.
        public var pipeline: String?
        /// Inclusive.
        public var since: Date?
        /// Only later events than this sequence, oldest first.
        public var after: Int?
        /// Only earlier events than this sequence.
        public var before: Int?
        /// Maximum number of events.
        public var limit: Int?

        /// Selects all events.
        public init() {}

        var query: [String: String] {
            [
                "kind": kind, "subject": subject, "pipeline": pipeline, "since": since.map(NativeCoding.timestamp),
                "after": after.map(String.init), "before": before.map(String.init), "limit": limit.map(String.init),
            ].compactMapValues { $0 }
        }
    }

    /// Returns events, the newest first unless the filter says after which.
    ///
    /// - Parameter wait: How many seconds to wait for an event if there is none, at most 30. Needs ``EventFilter/after``.
    public func events(_ filter: EventFilter = EventFilter(), wait: Int = 0) async throws -> EventList {
        var query = filter.query
        if wait > 0 { query["wait"] = String(wait) }
        return try await get("/v1/events", query)
    }

    /// Returns the webhooks.
    public func webhooks() async throws -> [Webhook] {
        try await get("/v1/webhooks", as: WebhookList.self).webhooks
    }

    /// Returns a webhook.
    public func webhook(_ name: String) async throws -> Webhook { try await get(Self.path(webhook: name)) }

    /// Adds a webhook, or changes it.
    ///
    /// - Returns: The webhook, with its secret if the server has just made it, and whether it is new.
    public func putWebhook(
        _ name: String,
        _ definition: WebhookDefinition
    ) async throws -> (webhook: Webhook, isNew: Bool) {
        var request = request(.PUT, Self.path(webhook: name))
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(definition)))
        let response = try await execute(request)
        return (try await decode(Webhook.self, response), response.status == .created)
    }

    /// Removes a webhook.
    @discardableResult
    public func removeWebhook(_ name: String) async throws -> Webhook {
        try await decode(Webhook.self, execute(request(.DELETE, Self.path(webhook: name))))
    }

    /// Sends a test event, and returns what came of it.
    public func testWebhook(_ name: String) async throws -> WebhookTest {
        try await decode(WebhookTest.self, execute(request(.POST, Self.path(webhook: name) + "/test")))
    }

    private static func path(webhook name: String) -> String { "/v1/webhooks/\(escaped(name))" }
}
