/// `GET /v1/aws`.
public struct AWSAccess: Sendable, Codable {
    /// The certificate of the server's own authority, as PEM. Clients must trust it to use the server in place of AWS's hosts.
    public var certificate: String
    /// Whether requests to AWS's APIs must be signed with one of the server's access keys.
    public var verifiesSignatures: Bool

    private enum CodingKeys: String, CodingKey {
        case certificate
        case verifiesSignatures = "verifies_signatures"
    }

    public init(certificate: String, verifiesSignatures: Bool) {
        self.certificate = certificate
        self.verifiesSignatures = verifiesSignatures
    }
}

extension AWSAccess: WireType {
    package static let schema = Schema.object(["certificate": .string(), "verifies_signatures": .boolean])
}
