import Database
package import Definitions

extension Catalog {
    /// Returns the document of a bucket's setting; `nil` if the bucket or the setting does not exist.
    package func setting(_ setting: BucketSetting, of bucket: String) async throws -> String? {
        try await database.read { connection in
            try connection.row(
                "SELECT document FROM bucket_setting WHERE bucket = ? AND name = ?",
                [bucket, setting.rawValue]
            )
            .map { $0["document"] }
        }
    }

    /// Returns the names of the buckets that have a setting.
    package func buckets(with setting: BucketSetting) async throws -> [String] {
        try await database.read { connection in
            try connection.strings(
                "SELECT bucket FROM bucket_setting WHERE name = ? ORDER BY bucket",
                [setting.rawValue]
            )
        }
    }

    /// Writes the document of a setting. Returns `false` if the bucket does not exist.
    package func putSetting(_ setting: BucketSetting, _ document: String, of bucket: String) async throws -> Bool {
        try await database.write { connection in
            guard try Self.hasBucket(bucket, connection) else { return false }
            try connection.execute(
                "INSERT OR REPLACE INTO bucket_setting (bucket, name, document) VALUES (?, ?, ?)",
                [bucket, setting.rawValue, document]
            )
            return true
        }
    }

    /// Removes a setting, if it exists.
    package func removeSetting(_ setting: BucketSetting, of bucket: String) async throws {
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM bucket_setting WHERE bucket = ? AND name = ?",
                [bucket, setting.rawValue]
            )
        }
    }
}
