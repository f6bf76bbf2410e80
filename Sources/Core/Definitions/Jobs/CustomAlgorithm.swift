public import Foundation

/// A custom algorithm: a folder with a program `train`, a program `serve`, or both.
public struct CustomAlgorithm: Sendable, Hashable, Codable {
    /// The name in training jobs and models: the repository of an image URI.
    public var name: String
    /// A lowercase UUID, new with each upload.
    public var version: String
    /// Whether it has the program `train`.
    public var trains: Bool
    /// Whether it has the program `serve`.
    public var serves: Bool
    /// The size of its files in bytes.
    public var byteCount: Int
    public var createdAt: Date

    private enum CodingKeys: String, CodingKey {
        case name, version, trains, serves
        case byteCount = "byte_count"
        case createdAt = "created_at"
    }

    public init(name: String, version: String, trains: Bool, serves: Bool, byteCount: Int, createdAt: Date) {
        self.name = name
        self.version = version
        self.trains = trains
        self.serves = serves
        self.byteCount = byteCount
        self.createdAt = createdAt
    }
}
