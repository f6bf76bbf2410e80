package import Definitions
public import Foundation

/// A bucket.
public struct Bucket: Sendable, Codable {
    public var name: String
    public var createdAt: Date

    private enum CodingKeys: String, CodingKey {
        case name
        case createdAt = "created_at"
    }

    package init(_ record: BucketRecord) {
        name = record.name
        createdAt = record.createdAt
    }
}

extension Bucket: WireType {
    package static let schema = Schema.object(["name": .string(), "created_at": .time])
}

/// `GET /v1/buckets`.
public struct BucketList: Sendable, Codable {
    public var buckets: [Bucket]
    /// The number of buckets on all pages.
    public var total: Int

    public init(buckets: [Bucket], total: Int) {
        self.buckets = buckets
        self.total = total
    }
}

extension BucketList: WireType {
    package static let schema = Schema.object(["buckets": .list(of: Bucket.self), "total": .integer(min: 0)])
}

/// An object of a bucket, without its bytes.
public struct StoredObject: Sendable, Codable {
    public var key: String
    public var byteCount: Int
    /// The MD5 of the bytes in hexadecimal, or `MD5-N` for an object that was uploaded in N parts.
    public var etag: String
    public var contentType: String?
    public var modifiedAt: Date

    private enum CodingKeys: String, CodingKey {
        case key, etag
        case byteCount = "byte_count"
        case contentType = "content_type"
        case modifiedAt = "modified_at"
    }

    package init(_ record: ObjectRecord) {
        key = record.key
        byteCount = record.byteCount
        etag = record.etag
        contentType = record.contentType
        modifiedAt = record.modifiedAt
    }
}

extension StoredObject: WireType {
    package static let schema = Schema.object(
        ["key": .string(), "byte_count": .integer(), "etag": .string(), "modified_at": .time],
        optional: ["content_type": .string()]
    )
}

/// `GET /v1/buckets/{bucket}/objects`.
public struct ObjectList: Sendable, Codable {
    public var objects: [StoredObject]
    /// What the keys up to the delimiter have in common, if the request names one.
    public var prefixes: [String]
    /// The parameter `after` of the request for the rest; `nil` if this is all.
    public var next: String?

    public init(objects: [StoredObject], prefixes: [String], next: String? = nil) {
        self.objects = objects
        self.prefixes = prefixes
        self.next = next
    }
}

extension ObjectList: WireType {
    package static let schema = Schema.object(
        ["objects": .list(of: StoredObject.self), "prefixes": .list(.string())],
        optional: ["next": .string()]
    )
}

/// `DELETE /v1/buckets/{bucket}/objects`.
public struct ObjectRemoval: Sendable, Codable {
    /// The number of removed objects.
    public var removed: Int
}

extension ObjectRemoval: WireType {
    package static let schema = Schema.object(["removed": .integer(min: 0)])
}
