public import Foundation

/// An algorithm that a user added: a folder with a program `train`, a program `serve`, or both.
public struct OwnAlgorithm: Sendable, Hashable, Codable {
    /// The name that training jobs and models call it by: the repository of an image's URI.
    public var name: String
    /// A UUID in lower case, new with each upload.
    public var version: String
    /// Whether it has a program `train`.
    public var trains: Bool
    /// Whether it has a program `serve`.
    public var serves: Bool
    /// Bytes of its files.
    public var byteCount: Int
    /// When it was added.
    public var createdAt: Date

    private enum CodingKeys: String, CodingKey {
        case name, version, trains, serves
        case byteCount = "byte_count"
        case createdAt = "created_at"
    }

    /// One made of these parts.
    public init(name: String, version: String, trains: Bool, serves: Bool, byteCount: Int, createdAt: Date) {
        self.name = name
        self.version = version
        self.trains = trains
        self.serves = serves
        self.byteCount = byteCount
        self.createdAt = createdAt
    }
}
