import Definitions
package import Foundation
import GRDB

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

extension Catalog {
    /// Adds an upload. Returns `false` if the bucket does not exist.
    package func addUpload(_ upload: UploadRecord) async throws -> Bool {
        try await database.write { database in
            guard try Self.hasBucket(upload.bucket, database) else { return false }
            try database.execute(
                sql: """
                    INSERT INTO upload (id, bucket, key, content_type, headers, created_at) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    upload.id, upload.bucket, upload.key, upload.contentType, try Self.encode(upload.headers),
                    upload.createdAt.microseconds,
                ]
            )
            return true
        }
    }

    package func upload(_ id: String) async throws -> UploadRecord? {
        try await database.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM upload WHERE id = ?", arguments: [id]).map(UploadRecord.init)
        }
    }

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
        let end = Self.successor(of: prefix)
        // IDs consist of digits and letters, which sort before "~".
        let after = (key: start.key, id: id ?? (start.key.isEmpty ? "" : "~"))
        return try await database.read { database in
            try Listing(prefix: prefix, delimiter: delimiter, from: start, limit: limit, key: \.key) {
                let last = $1.map { (key: $0.key, id: $0.id) } ?? after
                return try Row.fetchAll(
                    database,
                    sql: """
                        SELECT * FROM upload
                        WHERE bucket = ? AND key >= ? AND (key, id) > (?, ?)\(end == nil ? "" : " AND key < ?")
                        ORDER BY key, id LIMIT ?
                        """,
                    arguments: [bucket, $0, last.key, last.id] + (end.map { [$0] } ?? []) + [$2]
                ).map(UploadRecord.init)
            }
        }
    }

    /// Returns the parts with numbers after `after`, sorted by number.
    package func parts(of upload: String, after: Int = 0, limit: Int = .max) async throws -> [UploadPart] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM upload_part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
                arguments: [upload, after, limit]
            ).map(UploadPart.init)
        }
    }

    /// Adds or replaces a part. Returns whether the upload exists, and the replaced blob.
    package func putPart(_ part: UploadPart, of upload: String) async throws -> (isPlaced: Bool, replaced: String?) {
        try await database.write { database in
            guard try Bool.fetchOne(database, sql: "SELECT 1 FROM upload WHERE id = ?", arguments: [upload]) != nil
            else {
                return (false, nil)
            }
            let replaced = try String.fetchOne(
                database,
                sql: "SELECT blob FROM upload_part WHERE upload = ? AND number = ?",
                arguments: [upload, part.number]
            )
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO upload_part (upload, number, blob, byte_count, etag, checksum, modified_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    upload, part.number, part.blob, part.byteCount, part.etag, part.checksum,
                    part.modifiedAt.microseconds,
                ]
            )
            return (true, replaced)
        }
    }

    /// Creates the object of an upload, and removes the upload.
    ///
    /// - Returns: The result, and the blobs of the upload's parts; `nil` if the upload no longer exists.
    package func completeUpload(
        _ upload: String,
        as object: ObjectRecord,
        in bucket: String,
        if condition: WriteCondition
    ) async throws -> (placement: ObjectPlacement, blobs: [String])? {
        try await database.write { database in
            guard try Bool.fetchOne(database, sql: "SELECT 1 FROM upload WHERE id = ?", arguments: [upload]) != nil
            else {
                return nil
            }
            let placement = try Self.put(object, bucket, condition, database)
            guard case .placed = placement else { return (placement, []) }
            return (placement, try Self.removeUploads("id = ?", [upload], database))
        }
    }

    /// Removes an upload. Returns the blobs of its parts, which are now unused; `nil` if the upload does not exist.
    package func removeUpload(_ id: String) async throws -> [String]? {
        try await database.write { database in
            let blobs = try Self.removeUploads("id = ?", [id], database)
            return database.changesCount > 0 ? blobs : nil
        }
    }

    /// Removes uploads that began before `time`. Returns the blobs of their parts.
    package func removeUploads(before time: Date) async throws -> [String] {
        try await database.write { try Self.removeUploads("created_at < ?", [time.microseconds], $0) }
    }

    static func removeUploads(
        _ condition: String,
        _ arguments: StatementArguments,
        _ database: Database
    ) throws -> [String] {
        let parts = "FROM upload_part WHERE upload IN (SELECT id FROM upload WHERE \(condition))"
        let blobs = try String.fetchAll(database, sql: "SELECT blob \(parts)", arguments: arguments)
        try database.execute(sql: "DELETE \(parts)", arguments: arguments)
        try database.execute(sql: "DELETE FROM upload WHERE \(condition)", arguments: arguments)
        return blobs
    }
}

extension UploadRecord {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"],
            bucket: row["bucket"],
            key: row["key"],
            contentType: row["content_type"],
            headers: (try? Catalog.decode([String: String].self, row["headers"])) ?? [:],
            createdAt: Date(microseconds: row["created_at"])
        )
    }
}

extension UploadPart {
    fileprivate init(_ row: Row) {
        self.init(
            number: row["number"],
            blob: row["blob"],
            byteCount: max(0, row["byte_count"]),
            etag: row["etag"],
            checksum: row["checksum"],
            modifiedAt: Date(microseconds: row["modified_at"])
        )
    }
}
