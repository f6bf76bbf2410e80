import Definitions
import NativeAPI

/// Events and webhooks.
extension WireSample {
    static func events() -> [any WireType & Encodable] {
        let event = Event(
            sequence: 7,
            time: time,
            kind: .jobFailed,
            subject: .init(.job, "j"),
            message: "It failed.",
            by: "ann",
            details: ["kind": "training"]
        )
        let webhook = Webhook(
            name: "w",
            url: "https://example.com/…",
            kinds: ["job.*"],
            format: .template,
            template: "{}",
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            createdAt: time,
            state: .failing,
            pending: 1,
            delivered: 2,
            failures: 3,
            givenUp: 4,
            lastSuccessAt: time,
            lastFailureAt: time,
            lastError: "No."
        )
        let definition = WebhookDefinition(
            url: "https://example.com/x",
            kinds: ["job.*"],
            format: .template,
            template: "{}",
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        )
        return [
            EventList(events: [event], next: 7), WebhookList(webhooks: [webhook]), definition,
            WebhookTest(isDelivered: true, status: 200, response: "ok", error: "No.", seconds: 0.5),
        ]
    }
}
