/// `GET /v1/aws`.
public struct AWSAccess: Sendable, Codable {
    /// The server's own certificate authority, as PEM: with it the server stands in for AWS's hosts.
    public var certificate: String
    /// Whether requests to AWS's APIs must be signed with a key that the server knows.
    public var verifiesSignatures: Bool

    private enum CodingKeys: String, CodingKey {
        case certificate
        case verifiesSignatures = "verifies_signatures"
    }

    /// One made of these parts.
    public init(certificate: String, verifiesSignatures: Bool) {
        self.certificate = certificate
        self.verifiesSignatures = verifiesSignatures
    }
}
