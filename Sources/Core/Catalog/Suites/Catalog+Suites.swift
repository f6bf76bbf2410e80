import Database
package import Definitions
package import Foundation

/// The suites, without their runs.
extension Catalog {
    /// Returns a page of the suites by name, without their cases.
    ///
    /// - Parameter workspace: `nil` for the suites of all workspaces.
    /// - Returns: How many there are on all pages, and how many of their newest runs have each outcome, too.
    package func suites(
        in workspace: String?,
        _ page: NamedPage
    ) async throws -> (found: [Suite], total: Int, outcomes: [SuiteRun.Outcome: Int]) {
        try await database.read { connection in
            // What cannot be read has no summary.
            var conditions = ["summary IS NOT NULL"]
            var arguments: [any SQLValue] = []
            if let workspace {
                _ = try Self.workspaceID(workspace, connection)
                conditions.append("workspace = ?")
                arguments.append(workspace)
            }
            if !page.search.isEmpty {
                conditions.append("instr(name, ?) > 0")
                arguments.append(page.search)
            }
            let condition = conditions.joined(separator: " AND ")
            let counts = try connection.rows(
                """
                SELECT outcome, count(*) AS n FROM (
                    SELECT coalesce(
                        (SELECT outcome FROM suite_run WHERE suite_run.suite = suite.name ORDER BY sequence DESC LIMIT 1), ''
                    ) AS outcome FROM suite WHERE \(condition)
                ) GROUP BY outcome
                """,
                arguments
            ).map { (outcome: SuiteRun.Outcome(rawValue: $0["outcome"]), count: $0["n"] as Int) }
            let rows = try connection.rows(
                "SELECT \(Self.suiteColumns("summary")) FROM suite WHERE \(condition) ORDER BY name LIMIT ? OFFSET ?",
                arguments + [page.limit, page.offset]
            )
            return (
                try Self.readable(rows) { try Self.suite($0, runs: "summary", connection) },
                counts.reduce(0) { $0 + $1.count },
                counts.reduce(into: [:]) { if let outcome = $1.outcome { $0[outcome] = $1.count } }
            )
        }
    }

    /// - Returns: `nil` if there is none.
    package func suite(named name: String) async throws -> Suite? {
        try await database.read { try Self.suite(name, $0) }
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
        var withoutCases = definition
        withoutCases.cases = []
        let summary = try Self.encode(withoutCases)
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
                    INSERT INTO suite
                        (name, revision, model, workspace, created_at, updated_at, document, summary, case_count)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)
                    ON CONFLICT (name) DO UPDATE SET
                        revision = ?2, model = ?3, workspace = ?4, updated_at = ?5, document = ?6, summary = ?7,
                        case_count = ?8
                    """,
                    [
                        name, max(known ?? 0, last) + 1, model, workspace, time.microseconds, document, summary,
                        definition.cases.count,
                    ]
                )
            }
            guard let suite = try Self.suite(name, connection) else {
                throw RoostError(.internalError, "Suite '\(name)' could not be stored.")
            }
            return (suite, known == nil)
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

    private static func suite(_ name: String, _ connection: Connection) throws -> Suite? {
        try connection.row("SELECT \(suiteColumns("document")) FROM suite WHERE name = ?", [name])
            .map { try suite($0, runs: "document", connection) }
    }

    /// - Parameter definition: The column of the definition.
    private static func suiteColumns(_ definition: String) -> String {
        "name, revision, model, workspace, created_at, updated_at, case_count, \(definition) AS definition"
    }

    /// - Parameter runs: The column of the newest run.
    private static func suite(_ row: Row, runs: String, _ connection: Connection) throws -> Suite {
        let name: String = row["name"]
        let newest = try connection.stringsOften(
            "SELECT coalesce(\(runs), '') FROM suite_run WHERE suite = ? ORDER BY sequence DESC LIMIT 1",
            [name]
        )
        return Suite(
            name: name,
            revision: row["revision"],
            model: row["model"],
            workspace: row["workspace"],
            definition: try decode(SuiteDefinition.self, row["definition"]),
            caseCount: row["case_count"],
            gates: try connection.stringsOften(
                "SELECT pipeline FROM gate_suite WHERE suite = ? ORDER BY pipeline LIMIT ?",
                [name, Suite.gateLimit]
            ),
            createdAt: Date(microseconds: row["created_at"]),
            updatedAt: Date(microseconds: row["updated_at"]),
            lastRun: try readable(newest) { try decode(SuiteRun.self, $0) }.first
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

// MARK: Migration

extension Catalog {
    /// What lists read, so that they decode no cases.
    static let suiteLists = """
        -- The definition, and the run, without their cases; NULL if they cannot be read.
        ALTER TABLE suite ADD COLUMN summary TEXT;
        ALTER TABLE suite ADD COLUMN case_count INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE suite_run ADD COLUMN summary TEXT;
        UPDATE suite SET
            summary = json_set(document, '$.cases', json('[]')),
            case_count = coalesce(json_array_length(document, '$.cases'), 0)
        WHERE json_valid(document);
        UPDATE suite_run SET summary = json_set(
            document,
            '$.cases', json('[]'),
            '$.counts', json_object(
                'cases', coalesce(json_array_length(document, '$.cases'), 0),
                'failed', (SELECT count(*) FROM json_each(document, '$.cases') WHERE NOT json_extract(value, '$.passed'))
            )
        ) WHERE json_valid(document);
        CREATE INDEX suite_run_by_age ON suite_run (suite, sequence, outcome);
        -- The suites that the gates of pipelines require.
        CREATE TABLE gate_suite (
            pipeline TEXT NOT NULL,
            suite TEXT NOT NULL,
            PRIMARY KEY (pipeline, suite)
        ) WITHOUT ROWID;
        CREATE INDEX gate_suite_by_suite ON gate_suite (suite, pipeline);
        INSERT OR IGNORE INTO gate_suite (pipeline, suite)
            SELECT pipeline, value
            FROM gate, json_each(CASE WHEN json_valid(document) THEN document ELSE '{}' END, '$.suites');
        """
}
