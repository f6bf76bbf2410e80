import Definitions
import Foundation
import Testing

@testable import Events

@Suite("The bodies of webhooks")
struct WebhookBodyTests {
    private let event = Event(
        sequence: 7,
        time: Date(timeIntervalSince1970: 1_800_000_000.25),
        kind: .jobFailed,
        subject: .init(.job, "nightly"),
        message: "It said \"no\" & left <at> once.",
        by: "ann",
        details: ["kind": "training"]
    )

    private func text(_ definition: WebhookDefinition) throws -> String {
        String(decoding: try WebhookBody(definition).data(of: event), as: UTF8.self)
    }

    @Test("the standard format is the event")
    func standard() throws {
        let expected =
            #"{"by":"ann","details":{"kind":"training"},"kind":"job.failed","message":"It said \"no\" & left <at> once.","#
            + #""sequence":7,"subject":{"kind":"job","name":"nightly"},"time":"2027-01-15T08:00:00.250000Z"}"#
        #expect(try text(WebhookDefinition(url: "https://h")) == expected)
    }

    @Test("Slack's format escapes what Slack reads as markup")
    func slack() throws {
        let expected = #"{"text":"It said \"no\" &amp; left &lt;at&gt; once."}"#
        #expect(try text(WebhookDefinition(url: "https://h", format: .slack)) == expected)
    }

    @Test("the values in a template are escaped")
    func template() throws {
        let template =
            #"{"a": "{{message}} {{ kind }} {{details.kind}}{{details.x}}", "n": {{sequence}}, "t": "{{time}}"}"#
        let expected =
            #"{"a": "It said \"no\" & left <at> once. job.failed training", "n": 7, "t": "2027-01-15T08:00:00.250000Z"}"#
        #expect(try text(WebhookDefinition(url: "https://h", template: template)) == expected)
    }

    @Test(
        "other templates are rejected",
        arguments: [
            "", "{", "{{message}}", #"{"a": {{message}}}"#, #"{"a": "{{massage}}"}"#, #"{"a": "{{message"}"#,
            #"{"a": "\{{message}}"}"#, #"{"{{by}}: 1}"#, #""{{message}}" "{{kind}}""#,
            "\"" + String(repeating: "x", count: 16 * 1024) + "\"",
        ]
    )
    func rejected(_ template: String) {
        #expect { try WebhookBody(WebhookDefinition(url: "https://h", template: template)) } throws: {
            ($0 as? RoostError)?.field == "template"
        }
    }

    @Test("a format that does not fit the template is rejected")
    func mismatch() {
        for definition in [
            WebhookDefinition(url: "https://h", format: .slack, template: "{}"),
            WebhookDefinition(url: "https://h", format: .template),
        ] { #expect(throws: RoostError.self) { try WebhookBody(definition) } }
    }
}
