import Crypto
import Definitions
import Foundation

/// The secret that signs the requests of a webhook.
///
/// - Source: Standard Webhooks, *Specification*, 1.0.0: symmetric signatures.
struct WebhookSecret {
    private static let prefix = "whsec_"
    private static let lengths = 24...64

    private let key: SymmetricKey

    /// - Parameter text: `whsec_` and the bytes in base64.
    init(_ text: String) throws(RoostError) {
        guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.lengths.contains(bytes.count)
        else {
            throw RoostError(
                .invalidInput,
                "The secret must be '\(Self.prefix)' and \(Self.lengths.lowerBound) to \(Self.lengths.upperBound) bytes in "
                    + "base64.",
                field: "secret"
            )
        }
        key = SymmetricKey(data: bytes)
    }

    init(bytes: Data) { key = SymmetricKey(data: bytes) }

    /// Returns a new secret.
    static func make() -> String {
        prefix + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
    }

    /// Returns the headers that let a receiver verify that a message comes from here, and that it is a new one.
    func headers(id: String, time: Date, body: Data) -> [(name: String, value: String)] {
        let timestamp = String(Int64(saturating: time.timeIntervalSince1970.rounded(.down)))
        let signature = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(timestamp).".utf8) + body, using: key)
        return [
            ("webhook-id", id), ("webhook-timestamp", timestamp),
            ("webhook-signature", "v1," + Data(signature).base64EncodedString()),
        ]
    }
}
