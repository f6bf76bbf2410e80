package import Checksums
package import Definitions
import Encodings
package import Foundation
import Storage
import WorkThreads

/// Stores the bytes of a new object or part, and hashes them at the same time. Without ``finish(check:)``, it leaves nothing behind.
package struct ObjectWriter: Sendable {
    private static let copyByteCount = 1 << 20

    private let writer: BlobWriter

    init(_ writer: BlobWriter) { self.writer = writer }

    package func append(_ piece: [UInt8]) async throws { try await writer.append(piece) }

    /// Appends a range of another object.
    package func append(_ source: OpenObject, _ range: Range<Int>) async throws {
        var position = range.lowerBound
        while position < range.upperBound {
            let wanted = min(Self.copyByteCount, range.upperBound - position)
            let piece = try await offload { [position] in try source.bytes(at: position, byteCount: wanted) }
            try await writer.append(piece)
            position += piece.count
        }
    }

    /// Completes the bytes, which survive a crash of the machine from then on. They need a record before the server restarts.
    ///
    /// - Parameter check: Verifies the hashes first. If it throws, nothing is stored.
    package func finish(
        check: (_ md5: [UInt8], _ checksums: [ChecksumAlgorithm: [UInt8]]) throws -> Void = { _, _ in }
    ) async throws -> StoredBytes {
        let stored = try await writer.finish { _, md5, checksums in try check(md5, checksums) }
        return StoredBytes(
            blob: stored.blob,
            byteCount: stored.byteCount,
            md5: stored.md5,
            checksums: stored.checksums
        )
    }
}

/// Bytes that are stored for a record to refer to, with their hashes.
package struct StoredBytes: Sendable {
    /// The name for the record.
    package let blob: String
    package let byteCount: Int
    package let md5: [UInt8]
    package let checksums: [ChecksumAlgorithm: [UInt8]]
}

extension ObjectRecord {
    /// The record of an object that was stored in one piece.
    package init(
        key: String,
        _ stored: StoredBytes,
        contentType: String?,
        headers: [String: String] = [:],
        modifiedAt: Date
    ) {
        self.init(
            key: key,
            blob: stored.blob,
            byteCount: stored.byteCount,
            etag: stored.md5.hexadecimal,
            contentType: contentType,
            headers: headers,
            modifiedAt: modifiedAt
        )
    }
}
