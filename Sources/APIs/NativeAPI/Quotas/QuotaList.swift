public import Definitions

/// `GET /v1/quotas`.
public struct QuotaList: Sendable, Codable {
    public var quotas: [Quota]
    /// Requests to raise quotas, oldest first.
    public var requests: [QuotaRequest]

    public init(quotas: [Quota], requests: [QuotaRequest]) {
        self.quotas = quotas
        self.requests = requests
    }
}
