public import Definitions

/// `GET /v1/quotas`.
public struct QuotaList: Sendable, Codable {
    /// The limits.
    public var quotas: [Quota]
    /// Requests for more, oldest first.
    public var requests: [QuotaRequest]

    /// One made of these parts.
    public init(quotas: [Quota], requests: [QuotaRequest]) {
        self.quotas = quotas
        self.requests = requests
    }
}
