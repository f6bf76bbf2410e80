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

extension QuotaList: WireType {
    package static let schema = Schema.object([
        "quotas": .list(of: Quota.self), "requests": .list(of: QuotaRequest.self),
    ])
}

extension Quota: WireType {
    package static let schema = Schema.object([
        "service": .string(), "code": .string(), "name": .string(), "value": .number(), "unit": .string(),
        "adjustable": .boolean,
    ])
}

extension QuotaRequest: WireType {
    package static let schema = Schema.object([
        "id": .string(), "service": .string(), "code": .string(), "name": .string(), "value": .number(),
        "status": .choice(of: Status.self), "created_at": .time,
    ])
}
