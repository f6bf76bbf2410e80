package import Foundation

/// An object in a bucket: its blob and its metadata.
package struct ObjectRecord: Sendable {
    /// The maximum number of bytes of a key.
    package static let keyLimit = 1024

    package var key: String
    /// The name of its bytes in the store.
    package var blob: String
    package var byteCount: Int
    /// The MD5 of the bytes in hexadecimal, or `MD5-N` for N parts. Without quotes.
    package var etag: String
    package var contentType: String?
    /// The other headers that it was stored with; names are in lowercase.
    package var headers: [String: String]
    package var modifiedAt: Date

    package init(
        key: String,
        blob: String,
        byteCount: Int,
        etag: String,
        contentType: String? = nil,
        headers: [String: String] = [:],
        modifiedAt: Date
    ) {
        self.key = key
        self.blob = blob
        self.byteCount = byteCount
        self.etag = etag
        self.contentType = contentType
        self.headers = headers
        self.modifiedAt = modifiedAt
    }
}

/// A condition on the existing object for a write to succeed.
package enum WriteCondition: Sendable, Equatable {
    case none
    /// The object must not exist.
    case absent
    /// The object must exist and have this ETag.
    case etag(String)
}

/// The result of a write.
package enum ObjectPlacement: Sendable, Equatable {
    /// The object was written. The replaced blob is now unused.
    case placed(replaced: String?)
    case noBucket
    /// The condition requires an existing object.
    case noObject
    case conditionFailed
}
