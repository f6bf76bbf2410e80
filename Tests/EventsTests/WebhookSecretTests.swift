import Definitions
import Foundation
import Testing

@testable import Events

@Suite("Secrets and signatures of webhooks")
struct WebhookSecretTests {
    /// - Source: The vectors of the Standard Webhooks specification and of its reference libraries.
    @Test(
        "signatures are those of Standard Webhooks",
        arguments: [
            (
                "plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1_731_705_121.0,
                #"{"event_type":"ping","data":{"success":true}}"#, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
            ),
            (
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330.9,
                #"{"test": 2432232314}"#, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            ),
        ]
    )
    func vectors(_ key: String, _ id: String, _ seconds: Double, _ body: String, _ signature: String) throws {
        let secret = WebhookSecret(bytes: try #require(Data(base64Encoded: key)))
        let headers = secret.headers(id: id, time: Date(timeIntervalSince1970: seconds), body: Data(body.utf8))
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers.map(\.value) == [id, String(Int(seconds)), signature])
    }

    @Test("a new secret is accepted, and no two are the same")
    func make() throws {
        _ = try WebhookSecret(WebhookSecret.make())
        #expect(WebhookSecret.make() != WebhookSecret.make())
    }

    @Test(
        "other secrets are rejected",
        arguments: [
            "", "whsec_", "hunter2", "whsec_!!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "whsec_" + Data(count: 65).base64EncodedString(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        ]
    )
    func rejected(_ text: String) {
        #expect { try WebhookSecret(text) } throws: { ($0 as? RoostError)?.field == "secret" }
    }
}
