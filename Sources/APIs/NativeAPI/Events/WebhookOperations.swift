public import Definitions
package import Events

/// The operations on webhooks.
package struct WebhookOperations: OperationGroup {
    let webhooks: WebhookService

    package init(webhooks: WebhookService) { self.webhooks = webhooks }

    package var operations: [APIOperation] {
        APIOperation(.get, "/v1/webhooks", id: "listWebhooks", "List webhooks", returns: WebhookList.self) { _ in
            WebhookList(webhooks: try await webhooks.webhooks())
        }

        APIOperation(
            .get,
            "/v1/webhooks/{webhook}",
            id: "getWebhook",
            "Get a webhook",
            returns: Webhook.self
        ) { call in try await webhooks.webhook(named: call.parameter("webhook")) }

        APIOperation(
            .put,
            "/v1/webhooks/{webhook}",
            id: "putWebhook",
            "Add or change a webhook",
            body: WebhookDefinition.self,
            bodyLimit: 64 << 10,
            returns: Webhook.self,
            orCreates: "The webhook is new"
        ) { call, definition in try await webhooks.define(call.parameter("webhook"), definition) }

        APIOperation(
            .delete,
            "/v1/webhooks/{webhook}",
            id: "deleteWebhook",
            "Remove a webhook",
            returns: Webhook.self
        ) { call in try await webhooks.remove(call.parameter("webhook")) }

        APIOperation(
            .post,
            "/v1/webhooks/{webhook}/test",
            id: "testWebhook",
            "Send a test event at once",
            returns: WebhookTest.self
        ) { call in try await webhooks.test(call.parameter("webhook")) }
    }
}

/// `GET /v1/webhooks`.
public struct WebhookList: Sendable, Codable {
    public var webhooks: [Webhook]
    public init(webhooks: [Webhook]) { self.webhooks = webhooks }
}

extension WebhookList: WireType {
    package static let schema = Schema.object(["webhooks": .list(of: Webhook.self)])
}

extension WebhookDefinition: WireType {
    package static let schema = Schema.object(
        ["url": .string()],
        optional: [
            "kinds": .described("Kinds of events, or groups such as `release.*`. If empty, all.", .list(.string())),
            "format": .choice(of: Format.self),
            "template": .described("JSON text with placeholders such as `{{message}}`.", .string()),
            "secret": .described("`whsec_` and 24 to 64 bytes in base64. Made by the server if missing.", .string()),
        ]
    )
}

extension Webhook: WireType {
    package static let schema = Schema.object(
        [
            "name": .name, "url": .described("Without its path, which may be a secret.", .string()),
            "kinds": .list(.string()), "format": .choice(of: WebhookDefinition.Format.self), "created_at": .time,
            "state": .choice(of: State.self), "pending": .integer(min: 0), "delivered": .integer(min: 0),
            "failures": .integer(min: 0), "given_up": .integer(min: 0),
        ],
        optional: [
            "template": .string(), "secret": .described("Only if the server has just made it.", .string()),
            "last_success_at": .time, "last_failure_at": .time, "last_error": .string(),
        ]
    )
}

extension WebhookTest: WireType {
    package static let schema = Schema.object(
        ["delivered": .boolean, "seconds": .number(min: 0)],
        optional: ["status": .integer(), "response": .string(), "error": .string()]
    )
}
