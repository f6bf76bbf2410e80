import Database
package import Definitions
package import Foundation

/// An endpoint's record, as it is stored.
package struct StoredEndpoint: Sendable {
    package let name: String
    package let document: String
    package let createdAt: Date
    package let modifiedAt: Date
}

extension Catalog {
    package func endpoints() async throws -> [StoredEndpoint] {
        try await database.read { connection in
            try connection.rows("SELECT * FROM endpoint ORDER BY name").map { row in
                StoredEndpoint(
                    name: row["name"],
                    document: row["document"],
                    createdAt: Date(microseconds: row["created_at"]),
                    modifiedAt: Date(microseconds: row["modified_at"])
                )
            }
        }
    }

    /// Returns `false` if an endpoint has the name.
    package func addEndpoint(
        _ name: String,
        document: String,
        createdAt: Date,
        at time: Date
    ) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "INSERT OR IGNORE INTO endpoint (name, document, created_at, modified_at) VALUES (?, ?, ?, ?)",
                [name, document, createdAt.microseconds, time.microseconds]
            )
            return connection.changesCount == 1
        }
    }

    /// - Parameter event: Added with the change.
    package func putEndpoint(_ name: String, document: String, at time: Date, event: NewEvent? = nil) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE endpoint SET document = ?, modified_at = ? WHERE name = ?",
                [document, time.microseconds, name]
            )
            if let event { try Self.addEvent(event, connection) }
        }
    }

    /// - Parameter event: Added with the removal.
    package func removeEndpoint(_ name: String, event: NewEvent? = nil) async throws {
        try await database.write { connection in
            try connection.execute("DELETE FROM endpoint WHERE name = ?", [name])
            if let event { try Self.addEvent(event, connection) }
        }
    }
}
