import Database
package import Definitions
package import Foundation

extension Catalog {
    /// Creates a bucket. Returns `false` if it already exists.
    package func addBucket(_ name: String, region: String, at time: Date) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "INSERT OR IGNORE INTO bucket (name, region, created_at) VALUES (?, ?, ?)",
                [name, region, time.microseconds]
            )
            return connection.changesCount == 1
        }
    }

    package func bucket(named name: String) async throws -> BucketRecord? {
        try await database.read { connection in
            try connection.row("SELECT * FROM bucket WHERE name = ?", [name])
                .map(BucketRecord.init)
        }
    }

    package func buckets() async throws -> [BucketRecord] {
        try await database.read { connection in
            try connection.rows("SELECT * FROM bucket ORDER BY name").map(BucketRecord.init)
        }
    }

    package func object(_ key: String, in bucket: String) async throws -> ObjectRecord? {
        try await database.read { try Self.object(key, bucket, $0) }
    }

    /// Removes a bucket, its settings and its unfinished uploads. Returns the blobs of the uploads, which are now unused.
    package func removeBucket(_ name: String) async throws -> BucketRemoval {
        try await database.write { connection in
            guard try Self.hasBucket(name, connection) else { return .noBucket }
            if try connection.exists("SELECT 1 FROM object WHERE bucket = ?", [name]) {
                return .notEmpty
            }
            let blobs = try Self.removeUploads("bucket = ?", [name], connection)
            try connection.execute("DELETE FROM bucket_setting WHERE bucket = ?", [name])
            try connection.execute("DELETE FROM bucket WHERE name = ?", [name])
            return .removed(blobs: blobs)
        }
    }

    /// Writes an object if the existing one satisfies `condition`.
    package func putObject(
        _ object: ObjectRecord,
        in bucket: String,
        if condition: WriteCondition = .none
    ) async throws -> ObjectPlacement {
        try await database.write { try Self.put(object, bucket, condition, $0) }
    }

    static func put(
        _ object: ObjectRecord,
        _ bucket: String,
        _ condition: WriteCondition,
        _ connection: Connection
    ) throws -> ObjectPlacement {
        guard try hasBucket(bucket, connection) else { return .noBucket }
        let present = try self.object(object.key, bucket, connection)
        switch condition {
        case .none: break
        case .absent: if present != nil { return .conditionFailed }
        case .etag(let etag):
            guard let present else { return .noObject }
            if present.etag != etag { return .conditionFailed }
        }
        try connection.execute(
            """
            INSERT OR REPLACE INTO object (bucket, key, blob, byte_count, etag, content_type, headers, modified_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                bucket, object.key, object.blob, object.byteCount, object.etag, object.contentType,
                try encode(object.headers), object.modifiedAt.microseconds,
            ]
        )
        return .placed(replaced: present?.blob)
    }

    /// Changes the headers of an object. Returns `false` if it was replaced or removed meanwhile.
    package func setHeaders(of object: ObjectRecord, in bucket: String) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "UPDATE object SET headers = ? WHERE bucket = ? AND key = ? AND blob = ?",
                [try Self.encode(object.headers), bucket, object.key, object.blob]
            )
            return connection.changesCount == 1
        }
    }

    /// Removes those objects that are as they were. Returns their blobs, which are now unused.
    package func removeUnchanged(_ objects: [ObjectRecord], in bucket: String) async throws -> [String] {
        try await database.write { connection in
            try objects.compactMap { object in
                try connection.execute(
                    "DELETE FROM object WHERE bucket = ? AND key = ? AND blob = ? AND headers = ?",
                    [bucket, object.key, object.blob, try Self.encode(object.headers)]
                )
                return connection.changesCount == 1 ? object.blob : nil
            }
        }
    }

    /// Removes the objects that exist. Returns their blobs, which are now unused.
    package func removeObjects(_ keys: [String], in bucket: String) async throws -> [String] {
        try await database.write { connection in
            try keys.compactMap { key in
                let removed = try Self.object(key, bucket, connection)?.blob
                try connection.execute("DELETE FROM object WHERE bucket = ? AND key = ?", [bucket, key])
                return removed
            }
        }
    }

    /// Returns every blob that is in use.
    package func blobs() async throws -> Set<String> {
        try await database.read {
            Set(try $0.strings("SELECT blob FROM object UNION ALL SELECT blob FROM upload_part"))
        }
    }

    /// Returns the size of every blob that is in use.
    package func blobSizes() async throws -> [String: Int] {
        try await database.read { connection in
            let rows = try connection.rows(
                "SELECT blob, byte_count FROM object UNION ALL SELECT blob, byte_count FROM upload_part"
            )
            return Dictionary(rows.map { ($0["blob"], $0["byte_count"]) }) { $1 }
        }
    }

    static func hasBucket(_ name: String, _ connection: Connection) throws -> Bool {
        try connection.exists("SELECT 1 FROM bucket WHERE name = ?", [name])
    }

    static func object(_ key: String, _ bucket: String, _ connection: Connection) throws -> ObjectRecord? {
        try connection.row("SELECT * FROM object WHERE bucket = ? AND key = ?", [bucket, key])
            .map(ObjectRecord.init)
    }
}

extension BucketRecord {
    fileprivate init(_ row: Row) {
        self.init(name: row["name"], region: row["region"], createdAt: Date(microseconds: row["created_at"]))
    }
}

extension ObjectRecord {
    init(_ row: Row) {
        self.init(
            key: row["key"],
            blob: row["blob"],
            byteCount: max(0, row["byte_count"]),
            etag: row["etag"],
            contentType: row["content_type"],
            // Damaged headers must not make the object unreadable.
            headers: (try? Catalog.decode([String: String].self, row["headers"])) ?? [:],
            modifiedAt: Date(microseconds: row["modified_at"])
        )
    }
}
