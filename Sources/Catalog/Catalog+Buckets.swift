package import Definitions
package import Foundation
import GRDB

/// A bucket of objects.
package struct BucketRecord: Sendable {
    package let name: String
    package let region: String
    package let createdAt: Date
}

/// An object of a bucket: where its bytes are, and what is said of them.
package struct ObjectRecord: Sendable {
    package var key: String
    /// The name of its bytes in the object store.
    package var blob: String
    package var byteCount: Int
    /// The MD5 of the bytes in hexadecimal, or `MD5-N` for N parts. Without quotes.
    package var etag: String
    package var contentType: String?
    /// What else was said of it when it was stored: header names in lower case.
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

extension Catalog {
    /// Answers `false` where there is one already.
    package func addBucket(_ name: String, region: String, at time: Date) async throws -> Bool {
        try await database.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO bucket (name, region, created_at) VALUES (?, ?, ?)",
                arguments: [name, region, time.microseconds]
            )
            return database.changesCount == 1
        }
    }

    package func bucket(named name: String) async throws -> BucketRecord? {
        try await database.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM bucket WHERE name = ?", arguments: [name])
                .map(BucketRecord.init)
        }
    }

    package func buckets() async throws -> [BucketRecord] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM bucket ORDER BY name").map(BucketRecord.init)
        }
    }

    package func object(_ key: String, in bucket: String) async throws -> ObjectRecord? {
        try await database.read { try Self.object(key, bucket, $0) }
    }

    /// Objects whose keys begin with `prefix` and come after `after`, in the order of their keys' bytes.
    package func objects(in bucket: String, prefix: String, after: String, limit: Int) async throws -> [ObjectRecord] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM object WHERE bucket = ? AND key > ? AND key >= ? AND substr(key, 1, ?) = ?
                    ORDER BY key LIMIT ?
                    """,
                arguments: [bucket, after, prefix, prefix.unicodeScalars.count, prefix, limit]
            ).map(ObjectRecord.init)
        }
    }

    /// Puts an object in its place. Answers the blob that it replaced, which nothing names any more.
    package func putObject(_ object: ObjectRecord, in bucket: String) async throws -> String? {
        let headers = try Self.encode(object.headers)
        return try await database.write { database in
            let replaced = try Self.object(object.key, bucket, database)?.blob
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO object (bucket, key, blob, byte_count, etag, content_type, headers, modified_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    bucket, object.key, object.blob, object.byteCount, object.etag, object.contentType, headers,
                    object.modifiedAt.microseconds,
                ]
            )
            return replaced
        }
    }

    /// Answers the blob, which nothing names any more; `nil` where there was no such object.
    package func removeObject(_ key: String, in bucket: String) async throws -> String? {
        try await database.write { database in
            let removed = try Self.object(key, bucket, database)?.blob
            try database.execute(sql: "DELETE FROM object WHERE bucket = ? AND key = ?", arguments: [bucket, key])
            return removed
        }
    }

    /// Every blob that a record names.
    package func blobs() async throws -> Set<String> {
        try await database.read { Set(try String.fetchAll($0, sql: "SELECT blob FROM object")) }
    }

    private static func object(_ key: String, _ bucket: String, _ database: Database) throws -> ObjectRecord? {
        try Row.fetchOne(database, sql: "SELECT * FROM object WHERE bucket = ? AND key = ?", arguments: [bucket, key])
            .map(ObjectRecord.init)
    }
}

extension BucketRecord {
    fileprivate init(_ row: Row) {
        name = row["name"]
        region = row["region"]
        createdAt = Date(microseconds: row["created_at"])
    }
}

extension ObjectRecord {
    fileprivate init(_ row: Row) throws {
        self.init(
            key: row["key"],
            blob: row["blob"],
            byteCount: row["byte_count"],
            etag: row["etag"],
            contentType: row["content_type"],
            headers: try Catalog.decode([String: String].self, row["headers"]),
            modifiedAt: Date(microseconds: row["modified_at"])
        )
    }
}
