public import Foundation

/// A limit of the server.
public struct Quota: Sendable, Codable {
    /// The API whose requests it limits.
    public var service: String
    /// The quota's code.
    public var code: String
    /// What is limited.
    public var name: String
    public var value: Double
    /// The unit of the value, such as `Bytes`.
    public var unit: String
    /// Whether a higher limit can be requested.
    public var isAdjustable: Bool

    private enum CodingKeys: String, CodingKey {
        case service, code, name, value, unit
        case isAdjustable = "adjustable"
    }

    public init(service: String, code: String, name: String, value: Double, unit: String, isAdjustable: Bool) {
        self.service = service
        self.code = code
        self.name = name
        self.value = value
        self.unit = unit
        self.isAdjustable = isAdjustable
    }
}

/// A request for a higher limit.
public struct QuotaRequest: Sendable, Codable {
    public enum Status: String, Sendable, Codable, CaseIterable {
        case pending = "PENDING"
        case approved = "APPROVED"
        case denied = "DENIED"
    }

    public var id: String
    /// The API whose requests it limits.
    public var service: String
    /// The quota's code.
    public var code: String
    /// What is limited.
    public var name: String
    /// The requested limit.
    public var value: Double
    public var status: Status
    public var createdAt: Date

    private enum CodingKeys: String, CodingKey {
        case id, service, code, name, value, status
        case createdAt = "created_at"
    }

    public init(
        id: String,
        service: String,
        code: String,
        name: String,
        value: Double,
        status: Status,
        createdAt: Date
    ) {
        self.id = id
        self.service = service
        self.code = code
        self.name = name
        self.value = value
        self.status = status
        self.createdAt = createdAt
    }
}
