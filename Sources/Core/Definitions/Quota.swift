public import Foundation

/// A limit of the server.
public struct Quota: Sendable, Codable {
    /// The service of AWS that it counts among: `sagemaker`, `s3`.
    public var service: String
    /// Its code.
    public var code: String
    /// What is limited.
    public var name: String
    /// The limit.
    public var value: Double
    /// What the value counts, as CloudWatch names units.
    public var unit: String
    /// Whether more can be asked for.
    public var isAdjustable: Bool

    private enum CodingKeys: String, CodingKey {
        case service, code, name, value, unit
        case isAdjustable = "adjustable"
    }

    /// One made of these parts.
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
    /// How it stands.
    public enum Status: String, Sendable, Codable {
        case pending = "PENDING"
        case approved = "APPROVED"
        case denied = "DENIED"
    }

    /// Its id.
    public var id: String
    /// The service of AWS that the limit counts among.
    public var service: String
    /// The limit's code.
    public var code: String
    /// What is limited.
    public var name: String
    /// The limit that is asked for.
    public var value: Double
    /// How it stands.
    public var status: Status
    /// When it was made.
    public var createdAt: Date

    private enum CodingKeys: String, CodingKey {
        case id, service, code, name, value, status
        case createdAt = "created_at"
    }

    /// One made of these parts.
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
