import Definitions
package import Foundation
import GRDB

/// A record in an API dialect's own format. The core stores it, but does not read it.
package struct DialectRecord: Sendable {
    package let name: String
    package let document: String
    package let createdAt: Date
    package let modifiedAt: Date
}

extension Catalog {
    /// Creates a record. Returns `false` if it already exists.
    package func addRecord(kind: String, name: String, document: String, at time: Date) async throws -> Bool {
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO dialect_record (kind, name, document, created_at, modified_at)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [kind, name, document, time.microseconds, time.microseconds]
            )
            return database.changesCount == 1
        }
    }

    /// Creates or replaces a record.
    package func putRecord(kind: String, name: String, document: String, at time: Date) async throws {
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO dialect_record (kind, name, document, created_at, modified_at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (kind, name) DO UPDATE SET
                        document = excluded.document, modified_at = excluded.modified_at
                    """,
                arguments: [kind, name, document, time.microseconds, time.microseconds]
            )
        }
    }

    package func record(kind: String, name: String) async throws -> DialectRecord? {
        try await database.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT * FROM dialect_record WHERE kind = ? AND name = ?",
                arguments: [kind, name]
            ).map(DialectRecord.init)
        }
    }

    /// Returns whether there is a record with this lowercase name, ignoring case.
    package func hasRecord(kind: String, lowercased name: String) async throws -> Bool {
        try await database.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM dialect_record WHERE kind = ? AND lower(name) = ?)",
                arguments: [kind, name]
            ) ?? false
        }
    }

    /// Returns all records of a kind, oldest first.
    package func records(kind: String) async throws -> [DialectRecord] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM dialect_record WHERE kind = ? ORDER BY created_at, name",
                arguments: [kind]
            ).map(DialectRecord.init)
        }
    }

    /// Removes a record. Returns `false` if it does not exist.
    package func removeRecord(kind: String, name: String) async throws -> Bool {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM dialect_record WHERE kind = ? AND name = ?",
                arguments: [kind, name]
            )
            return database.changesCount == 1
        }
    }
}

extension DialectRecord {
    fileprivate init(_ row: Row) {
        name = row["name"]
        document = row["document"]
        createdAt = Date(microseconds: row["created_at"])
        modifiedAt = Date(microseconds: row["modified_at"])
    }
}
