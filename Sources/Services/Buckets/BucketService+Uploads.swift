import Catalog
package import Definitions
import Foundation
import Storage
import WorkThreads

// Uploads in parts.
extension BucketService {
    /// The age at which an upload that was not completed is abandoned.
    private static let uploadAge: TimeInterval = 7 * 24 * 3600

    /// Adds an upload, and removes abandoned ones. Returns `false` if the bucket does not exist.
    package func addUpload(_ upload: UploadRecord) async throws -> Bool {
        try await removeAbandonedUploads(at: upload.createdAt)
        return try await catalog.addUpload(upload)
    }

    func removeAbandonedUploads(at time: Date) async throws {
        await remove(blobs: try await catalog.removeUploads(before: time - Self.uploadAge))
    }

    package func upload(_ id: String) async throws -> UploadRecord? { try await catalog.upload(id) }

    /// Returns a part of a bucket's uploads, sorted by key and ID.
    ///
    /// - Parameter id: Includes the uploads of the key that the listing begins after whose IDs are greater; `nil` for none.
    package func uploads(
        in bucket: String,
        prefix: String,
        delimiter: String,
        from start: ListingStart,
        id: String?,
        limit: Int
    ) async throws -> Listing<UploadRecord> {
        try await catalog.uploads(
            in: bucket,
            prefix: prefix,
            delimiter: delimiter,
            from: start,
            id: id,
            limit: limit
        )
    }

    /// Returns the parts with numbers after `after`, sorted by number.
    package func parts(of upload: String, after: Int = 0, limit: Int = .max) async throws -> [UploadPart] {
        try await catalog.parts(of: upload, after: after, limit: limit)
    }

    /// Makes finished bytes a part of an upload, in place of the one with the same number. Returns `false`, and removes the bytes,
    /// if the upload does not exist.
    package func putPart(_ part: UploadPart, of upload: String) async throws -> Bool {
        try await removingOnError(part.blob) {
            let (isPlaced, replaced) = try await catalog.putPart(part, of: upload)
            await remove(blobs: isPlaced ? replaced.map { [$0] } ?? [] : [part.blob])
            return isPlaced
        }
    }

    /// Removes an upload and its parts. Returns `false` if it does not exist.
    package func removeUpload(_ id: String) async throws -> Bool {
        guard let unused = try await catalog.removeUpload(id) else { return false }
        await remove(blobs: unused)
        return true
    }

    /// Joins parts of an upload, makes the whole an object, atomically, if `condition` holds for the object that it replaces, and
    /// removes the upload.
    ///
    /// - Returns: `nil` if the upload no longer exists.
    /// - Throws: ``BucketError/partReplaced``.
    package func completeUpload(
        _ upload: String,
        of parts: [UploadPart],
        as object: ObjectRecord,
        in bucket: String,
        if condition: WriteCondition
    ) async throws -> ObjectPlacement? {
        let name = try await offload { [blobs] in try blobs.join(parts.map { ($0.blob, $0.byteCount) }) }
        guard let name else { throw BucketError.partReplaced }
        var whole = object
        whole.blob = name
        let record = whole
        return try await removingOnError(name) {
            let outcome = try await catalog.completeUpload(upload, as: record, in: bucket, if: condition)
            if let outcome, case .placed(let replaced) = outcome.placement {
                await remove(blobs: outcome.blobs + (replaced.map { [$0] } ?? []))
            } else {
                await remove(blobs: [name])
            }
            return outcome?.placement
        }
    }
}
