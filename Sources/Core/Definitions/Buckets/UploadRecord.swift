package import Foundation

/// A multipart upload. Its object does not exist until the upload is complete.
package struct UploadRecord: Sendable {
    package let id: String
    package let bucket: String
    package let key: String
    package let contentType: String?
    package let headers: [String: String]
    package let createdAt: Date

    package init(
        id: String,
        bucket: String,
        key: String,
        contentType: String?,
        headers: [String: String],
        createdAt: Date
    ) {
        self.id = id
        self.bucket = bucket
        self.key = key
        self.contentType = contentType
        self.headers = headers
        self.createdAt = createdAt
    }
}

/// A part of an upload.
package struct UploadPart: Sendable {
    package let number: Int
    package let blob: String
    package let byteCount: Int
    package let etag: String
    /// The base64-encoded checksum of the algorithm that was chosen for the upload.
    package let checksum: String?
    package let modifiedAt: Date

    package init(number: Int, blob: String, byteCount: Int, etag: String, checksum: String?, modifiedAt: Date) {
        self.number = number
        self.blob = blob
        self.byteCount = byteCount
        self.etag = etag
        self.checksum = checksum
        self.modifiedAt = modifiedAt
    }
}
