import Definitions
package import Foundation
import GRDB

/// An object that is uploaded in parts, and is not there before it is complete.
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
    /// The check that the upload was begun with, in base 64.
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
    /// Answers `false` where there is no such bucket.
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

    /// A part of a bucket's uploads, in the order of their keys and ids.
    ///
    /// - Parameter id: Of the uploads of the key that the listing begins after, those with greater ids are in it; `nil` for none.
    package func uploads(
        in bucket: String,
        prefix: String,
        delimiter: String,
        from start: ListingStart,
        id: String?,
        limit: Int
    ) async throws -> Listing<UploadRecord> {
        let end = Self.successor(of: prefix)
        // Ids are of digits and letters.
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

    /// The parts with numbers after `after`, in the order of their numbers.
    package func parts(of upload: String, after: Int = 0, limit: Int = .max) async throws -> [UploadPart] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM upload_part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
                arguments: [upload, after, limit]
            ).map(UploadPart.init)
        }
    }

    /// Puts a part in its place. Answers whether there is such an upload, and the blob that it replaced.
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

    /// Puts the object in its place that an upload was of, and ends the upload.
    ///
    /// - Returns: What became of it, and the blobs of the upload's parts; `nil` where there is no such upload any more.
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

    /// Ends an upload. Answers its parts' blobs, which nothing names any more; `nil` where there is no such upload.
    package func removeUpload(_ id: String) async throws -> [String]? {
        try await database.write { database in
            let blobs = try Self.removeUploads("id = ?", [id], database)
            return database.changesCount > 0 ? blobs : nil
        }
    }

    /// Ends uploads that were begun before a time. Answers their parts' blobs.
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
