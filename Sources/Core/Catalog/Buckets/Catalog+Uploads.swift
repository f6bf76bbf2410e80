import Database
package import Definitions
package import Foundation

extension Catalog {
    /// Adds an upload. Returns `false` if the bucket does not exist.
    package func addUpload(_ upload: UploadRecord) async throws -> Bool {
        try await database.write { connection in
            guard try Self.hasBucket(upload.bucket, connection) else { return false }
            try connection.execute(
                """
                INSERT INTO upload (id, bucket, key, content_type, headers, created_at) VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    upload.id, upload.bucket, upload.key, upload.contentType, try Self.encode(upload.headers),
                    upload.createdAt.microseconds,
                ]
            )
            return true
        }
    }

    package func upload(_ id: String) async throws -> UploadRecord? {
        try await database.read { connection in
            try connection.row("SELECT * FROM upload WHERE id = ?", [id]).map(UploadRecord.init)
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
        return try await database.read { connection in
            try Listing(prefix: prefix, delimiter: delimiter, from: start, limit: limit, key: \.key) {
                let last = $1.map { (key: $0.key, id: $0.id) } ?? after
                var arguments: [any SQLValue] = [bucket, $0, last.key, last.id]
                if let end { arguments.append(end) }
                return try connection.rows(
                    """
                    SELECT * FROM upload
                    WHERE bucket = ? AND key >= ? AND (key, id) > (?, ?)\(end == nil ? "" : " AND key < ?")
                    ORDER BY key, id LIMIT ?
                    """,
                    arguments + [$2]
                ).map(UploadRecord.init)
            }
        }
    }

    /// Returns the parts with numbers after `after`, sorted by number.
    package func parts(of upload: String, after: Int = 0, limit: Int = .max) async throws -> [UploadPart] {
        try await database.read { connection in
            try connection.rows(
                "SELECT * FROM upload_part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
                [upload, after, limit]
            ).map(UploadPart.init)
        }
    }

    /// Adds or replaces a part. Returns whether the upload exists, and the replaced blob.
    package func putPart(_ part: UploadPart, of upload: String) async throws -> (isPlaced: Bool, replaced: String?) {
        try await database.write { connection in
            guard try connection.exists("SELECT 1 FROM upload WHERE id = ?", [upload]) else { return (false, nil) }
            let replaced = try connection.strings(
                "SELECT blob FROM upload_part WHERE upload = ? AND number = ?",
                [upload, part.number]
            ).first
            try connection.execute(
                """
                INSERT OR REPLACE INTO upload_part (upload, number, blob, byte_count, etag, checksum, modified_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
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
        try await database.write { connection in
            guard try connection.exists("SELECT 1 FROM upload WHERE id = ?", [upload]) else { return nil }
            let placement = try Self.put(object, bucket, condition, connection)
            guard case .placed = placement else { return (placement, []) }
            return (placement, try Self.removeUploads("id = ?", [upload], connection))
        }
    }

    /// Removes an upload. Returns the blobs of its parts, which are now unused; `nil` if the upload does not exist.
    package func removeUpload(_ id: String) async throws -> [String]? {
        try await database.write { connection in
            let blobs = try Self.removeUploads("id = ?", [id], connection)
            return connection.changesCount > 0 ? blobs : nil
        }
    }

    /// Removes uploads that began before `time`. Returns the blobs of their parts.
    package func removeUploads(before time: Date) async throws -> [String] {
        try await database.write { try Self.removeUploads("created_at < ?", [time.microseconds], $0) }
    }

    /// Removes the uploads of a bucket whose keys have a prefix and that began before `time`. Returns the blobs of their parts.
    package func removeUploads(in bucket: String, prefix: String, before time: Date) async throws -> [String] {
        try await database.write { connection in
            try Self.removeUploads(
                "bucket = ? AND substr(key, 1, length(?)) = ? AND created_at < ?",
                [bucket, prefix, prefix, time.microseconds],
                connection
            )
        }
    }

    static func removeUploads(
        _ condition: String,
        _ arguments: [any SQLValue],
        _ connection: Connection
    ) throws -> [String] {
        let parts = "FROM upload_part WHERE upload IN (SELECT id FROM upload WHERE \(condition))"
        let blobs = try connection.strings("SELECT blob \(parts)", arguments)
        try connection.execute("DELETE \(parts)", arguments)
        try connection.execute("DELETE FROM upload WHERE \(condition)", arguments)
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
