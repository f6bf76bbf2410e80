import Database
package import Definitions
package import Foundation

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
        try await database.write { connection in
            try connection.execute(
                """
                INSERT OR IGNORE INTO dialect_record (kind, name, document, created_at, modified_at)
                VALUES (?, ?, ?, ?, ?)
                """,
                [kind, name, document, time.microseconds, time.microseconds]
            )
            return connection.changesCount == 1
        }
    }

    /// Creates or replaces a record.
    package func putRecord(kind: String, name: String, document: String, at time: Date) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO dialect_record (kind, name, document, created_at, modified_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (kind, name) DO UPDATE SET
                    document = excluded.document, modified_at = excluded.modified_at
                """,
                [kind, name, document, time.microseconds, time.microseconds]
            )
        }
    }

    package func record(kind: String, name: String) async throws -> DialectRecord? {
        try await database.read { connection in
            try connection.row(
                "SELECT * FROM dialect_record WHERE kind = ? AND name = ?",
                [kind, name]
            ).map(DialectRecord.init)
        }
    }

    /// Returns whether there is a record with this lowercase name, ignoring case.
    package func hasRecord(kind: String, lowercased name: String) async throws -> Bool {
        try await database.read { connection in
            try connection.exists(
                "SELECT 1 FROM dialect_record WHERE kind = ? AND lower(name) = ?",
                [kind, name]
            )
        }
    }

    /// Returns all records of a kind, oldest first.
    package func records(kind: String) async throws -> [DialectRecord] {
        try await database.read { connection in
            try connection.rows(
                "SELECT * FROM dialect_record WHERE kind = ? ORDER BY created_at, name",
                [kind]
            ).map(DialectRecord.init)
        }
    }

    /// Returns a page of the records of a kind, newest first, and how many there are on all pages.
    package func records(kind: String, _ page: NamedPage) async throws -> (found: [DialectRecord], total: Int) {
        try await database.read { connection in
            let condition = "kind = ?1 AND (?2 = '' OR instr(name, ?2) > 0)"
            let total: Int =
                try connection.row(
                    "SELECT count(*) AS n FROM dialect_record WHERE \(condition)",
                    [kind, page.search]
                )?["n"] ?? 0
            let found = try connection.rows(
                """
                SELECT * FROM dialect_record WHERE \(condition) ORDER BY created_at DESC, name LIMIT ?3 OFFSET ?4
                """,
                [kind, page.search, page.limit, page.offset]
            )
            return (found.map(DialectRecord.init), total)
        }
    }

    /// Removes a record. Returns `false` if it does not exist.
    package func removeRecord(kind: String, name: String) async throws -> Bool {
        try await database.write { connection in
            try connection.execute("DELETE FROM dialect_record WHERE kind = ? AND name = ?", [kind, name])
            return connection.changesCount == 1
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
