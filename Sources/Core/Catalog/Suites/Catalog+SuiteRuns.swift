import Database
package import Definitions
import Foundation

/// The runs of suites.
extension Catalog {
    /// How many runs of a suite are kept, besides the newest of each version.
    private static let keptRuns = 1000

    /// Adds a run.
    package func addSuiteRun(_ run: SuiteRun) async throws {
        try await database.write { try Self.addSuiteRun(run, $0) }
    }

    static func addSuiteRun(_ run: SuiteRun, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO suite_run
                (id, suite, revision, model, model_version, workspace, outcome, created_at, started_at, ended_at, document,
                summary)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                run.id, run.suite, run.revision, run.model.name, run.model.version, run.workspace,
                run.outcome.rawValue, run.createdAt.microseconds, run.startedAt?.microseconds,
                run.endedAt?.microseconds, try encode(run), try encode(run.withoutCases),
            ]
        )
    }

    /// Adds a run that waits for each suite of the model, in the transaction that adds its version.
    static func queueSuites(for version: ModelVersion, _ connection: Connection) throws {
        let rows = try connection.rows(
            "SELECT name, revision FROM suite WHERE model = ? AND workspace = ? ORDER BY name",
            [version.model, version.workspace]
        )
        for row in rows {
            let run = SuiteRun(
                id: UUID().uuidString.lowercased(),
                suite: row["name"],
                revision: row["revision"],
                model: version.reference,
                workspace: version.workspace,
                cause: .upload,
                createdAt: version.createdAt
            )
            try addSuiteRun(run, connection)
        }
    }

    /// Records how far a run has come, unless it was removed with its version.
    ///
    /// - Parameter event: Added with it.
    package func saveSuiteRun(_ run: SuiteRun, event: NewEvent? = nil) async throws {
        let (document, summary) = (try Self.encode(run), try Self.encode(run.withoutCases))
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE suite_run SET
                    revision = ?, outcome = ?, started_at = ?, ended_at = ?, document = ?, summary = ?
                WHERE id = ?
                """,
                [
                    run.revision, run.outcome.rawValue, run.startedAt?.microseconds, run.endedAt?.microseconds,
                    document, summary, run.id,
                ]
            )
            guard connection.changesCount > 0 else { return }
            if let event { try Self.addEvent(event, connection) }
            guard run.outcome.isFinal else { return }
            try connection.execute(
                """
                DELETE FROM suite_run WHERE suite = ?1 AND outcome NOT IN ('pending', 'running') AND sequence <= (
                    SELECT sequence FROM suite_run WHERE suite = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2
                ) AND sequence NOT IN (
                    SELECT MAX(sequence) FROM suite_run WHERE suite = ?1 GROUP BY model_version, revision
                )
                """,
                [run.suite, Self.keptRuns]
            )
        }
    }

    /// Returns the runs that have not ended, the oldest first.
    package func openSuiteRuns() async throws -> [SuiteRun] {
        try await suiteRuns("outcome IN ('pending', 'running') ORDER BY sequence", [])
    }

    /// - Returns: `nil` if there is none.
    package func suiteRun(_ id: String) async throws -> SuiteRun? {
        try await database.read { connection in
            try connection.row("SELECT document FROM suite_run WHERE id = ?", [id])
                .map { try Self.decode(SuiteRun.self, $0["document"]) }
        }
    }

    /// Returns the identifiers of runs that begin with a text, up to ten.
    package func suiteRunIDs(startingWith text: String) async throws -> [String] {
        try await database.read { connection in
            try connection.strings("SELECT id FROM suite_run WHERE substr(id, 1, ?) = ? LIMIT 10", [text.count, text])
        }
    }

    /// Returns some of the runs of a suite, the newest first, and how many there are.
    package func suiteRuns(
        ofSuite suite: String,
        withCases: Bool = true,
        limit: Int,
        offset: Int = 0
    ) async throws -> (found: [SuiteRun], total: Int) {
        let column = withCases ? "document" : "coalesce(summary, '')"
        return try await database.read { connection in
            let total = try connection.row("SELECT count(*) AS n FROM suite_run WHERE suite = ?", [suite])
            let texts = try connection.strings(
                "SELECT \(column) FROM suite_run WHERE suite = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
                [suite, limit, offset]
            )
            return (try Self.readable(texts) { try Self.decode(SuiteRun.self, $0) }, total?["n"] ?? 0)
        }
    }

    /// Returns the runs of all suites on a version of a model, the newest first.
    ///
    /// - Parameter version: Its ID.
    package func suiteRuns(ofVersion version: String, limit: Int = 1000) async throws -> [SuiteRun] {
        try await suiteRuns("model_version = ? ORDER BY sequence DESC LIMIT ?", [version, limit])
    }

    /// Returns the newest run of a suite's revision on a version of a model, whatever its outcome; `nil` if there is none.
    ///
    /// - Parameter version: The version's ID.
    package func latestSuiteRun(_ suite: String, revision: Int, version: String) async throws -> SuiteRun? {
        try await suiteRuns(
            "suite = ? AND revision = ? AND model_version = ? ORDER BY sequence DESC LIMIT 1",
            [suite, revision, version]
        ).first
    }

    private func suiteRuns(_ condition: String, _ arguments: [any SQLValue]) async throws -> [SuiteRun] {
        try await database.read { connection in
            let rows = try connection.rows("SELECT document FROM suite_run WHERE \(condition)", arguments)
            return try Self.readable(rows) { try Self.decode(SuiteRun.self, $0["document"]) }
        }
    }

    /// Removes the runs on a version of a model.
    static func removeSuiteRuns(ofVersion version: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM suite_run WHERE model_version = ?", [version])
    }
}

// MARK: Migration

extension Catalog {
    static let suites = """
        CREATE TABLE suite (
            name TEXT PRIMARY KEY,
            revision INTEGER NOT NULL,
            -- The model whose versions are tested.
            model TEXT NOT NULL,
            workspace TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX suite_by_model ON suite (model, workspace);
        CREATE TABLE suite_run (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            suite TEXT NOT NULL,
            revision INTEGER NOT NULL,
            model TEXT NOT NULL,
            model_version TEXT NOT NULL,
            workspace TEXT NOT NULL,
            outcome TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            document TEXT NOT NULL
        );
        CREATE INDEX suite_run_by_suite ON suite_run (suite, revision, model_version, sequence);
        CREATE INDEX suite_run_by_version ON suite_run (model_version, sequence);
        CREATE INDEX suite_run_that_is_open ON suite_run (sequence) WHERE outcome IN ('pending', 'running');
        -- Up to which event training jobs were looked at.
        CREATE TABLE suite_cursor (id INTEGER PRIMARY KEY CHECK (id = 1), event INTEGER NOT NULL);
        """
}
