import Database
package import Definitions
package import Foundation

/// The suites, without their runs.
extension Catalog {
    /// By name, each with its newest run.
    package func suites() async throws -> [Suite] {
        try await database.read { connection in
            try Self.readable(connection.rows("SELECT * FROM suite ORDER BY name")) { try Self.suite($0, connection) }
        }
    }

    /// - Returns: `nil` if there is none.
    package func suite(named name: String) async throws -> Suite? {
        try await database.read { connection in
            try connection.row("SELECT * FROM suite WHERE name = ?", [name]).map { try Self.suite($0, connection) }
        }
    }

    /// Adds a suite, or replaces the one with its name. Its revision grows if the definition is another one.
    ///
    /// - Parameters:
    ///   - model: The name of the model whose versions are tested.
    ///   - workspace: That of the model.
    @discardableResult
    package func putSuite(
        _ name: String,
        _ definition: SuiteDefinition,
        model: String,
        workspace: String,
        at time: Date
    ) async throws -> (suite: Suite, isNew: Bool) {
        let document = try Self.encode(definition)
        return try await database.write { connection in
            let before = try connection.row("SELECT * FROM suite WHERE name = ?", [name])
            let known: Int? = before.map { $0["revision"] }
            let isSame: Bool =
                before.map { row in
                    (row["document"] as String) == document && (row["model"] as String) == model
                        && (row["workspace"] as String) == workspace
                } ?? false
            if !isSame {
                // Runs of a suite that was deleted may be there, and a revision must mean one definition.
                let last: Int =
                    try connection.row(
                        "SELECT COALESCE(MAX(revision), 0) AS last FROM suite_run WHERE suite = ?",
                        [name]
                    )?["last"] ?? 0
                try connection.execute(
                    """
                    INSERT INTO suite (name, revision, model, workspace, created_at, updated_at, document)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)
                    ON CONFLICT (name) DO UPDATE SET
                        revision = ?2, model = ?3, workspace = ?4, updated_at = ?5, document = ?6
                    """,
                    [name, max(known ?? 0, last) + 1, model, workspace, time.microseconds, document]
                )
            }
            guard let row = try connection.row("SELECT * FROM suite WHERE name = ?", [name]) else {
                throw RoostError(.internalError, "Suite '\(name)' could not be stored.")
            }
            return (try Self.suite(row, connection), known == nil)
        }
    }

    /// Removes a suite. Its runs stay with the versions that they are about, but those that wait are removed.
    ///
    /// - Throws: ``RoostError`` with code `conflict` if a gate requires it.
    package func removeSuite(_ name: String) async throws {
        try await database.write { connection in
            try Self.checkNoGateRequires(suite: name, connection)
            try connection.execute("DELETE FROM suite_run WHERE suite = ? AND outcome = 'pending'", [name])
            try connection.execute("DELETE FROM suite WHERE name = ?", [name])
        }
    }

    private static func suite(_ row: Row, _ connection: Connection) throws -> Suite {
        let name: String = row["name"]
        return Suite(
            name: name,
            revision: row["revision"],
            model: row["model"],
            workspace: row["workspace"],
            definition: try decode(SuiteDefinition.self, row["document"]),
            createdAt: Date(microseconds: row["created_at"]),
            updatedAt: Date(microseconds: row["updated_at"]),
            lastRun: try readable(
                connection.rows(
                    "SELECT document FROM suite_run WHERE suite = ? ORDER BY sequence DESC LIMIT 1",
                    [name]
                )
            ) { try decode(SuiteRun.self, $0["document"]) }.first
        )
    }
}

// MARK: Training jobs

extension Catalog {
    /// Returns the sequence of the last event that was looked at for training jobs; `nil` if there was none.
    package func suiteCursor() async throws -> Int? {
        try await database.read { try $0.row("SELECT event FROM suite_cursor WHERE id = 1").map { $0["event"] } }
    }

    package func setSuiteCursor(_ event: Int) async throws {
        try await database.write {
            try $0.execute("INSERT OR REPLACE INTO suite_cursor (id, event) VALUES (1, ?)", [event])
        }
    }
}
