import Database
package import Definitions
package import Foundation

/// An analysis as it is stored.
package struct StoredAnalysis: Sendable {
    package var name: String
    /// The schedule of which it is a run; `nil` if it is none.
    package var schedule: String?
    package var isFinal: Bool
    package var createdAt: Date
    package var modifiedAt: Date
    package var document: String
    /// Data that the API keeps with it.
    package var request: String?

    package init(
        name: String,
        schedule: String?,
        isFinal: Bool,
        createdAt: Date,
        modifiedAt: Date,
        document: String,
        request: String?
    ) {
        self.name = name
        self.schedule = schedule
        self.isFinal = isFinal
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.document = document
        self.request = request
    }
}

extension Catalog {
    /// Creates an analysis. Returns `false` if the name is taken.
    package func addAnalysis(_ analysis: StoredAnalysis) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT OR IGNORE INTO analysis (name, schedule, is_final, created_at, modified_at, document, request)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    analysis.name, analysis.schedule, analysis.isFinal, analysis.createdAt.microseconds,
                    analysis.modifiedAt.microseconds, analysis.document, analysis.request,
                ]
            )
            return connection.changesCount == 1
        }
    }

    /// Records how far an analysis has come.
    ///
    /// - Parameters:
    ///   - metrics: What it measured, added with the change.
    ///   - event: Added with the change.
    package func saveAnalysis(
        _ analysis: StoredAnalysis,
        metrics: [MonitoringMetric] = [],
        event: NewEvent? = nil
    ) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE analysis SET is_final = ?, modified_at = ?, document = ? WHERE name = ?",
                [analysis.isFinal, analysis.modifiedAt.microseconds, analysis.document, analysis.name]
            )
            for metric in metrics { try Self.addMetric(metric, connection) }
            if !metrics.isEmpty { try Self.removeOldMetrics(at: analysis.modifiedAt, connection) }
            if let event { try Self.addEvent(event, connection) }
        }
    }

    /// - Returns: `nil` if there is none.
    package func analysis(named name: String) async throws -> StoredAnalysis? {
        try await database.read { connection in
            try connection.row("SELECT * FROM analysis WHERE name = ?", [name]).map(Self.analysis)
        }
    }

    /// Whether there is an analysis whose name is this one in lower case.
    package func hasAnalysis(lowercased name: String) async throws -> Bool {
        try await database.read { connection in
            try connection.exists("SELECT 1 FROM analysis WHERE lower(name) = ?", [name])
        }
    }

    /// Which analyses to list.
    package enum AnalysisSelection: Sendable {
        case all
        case unfinished
        /// The runs of one schedule, or of all.
        case runs(schedule: String?)
    }

    /// Returns analyses, the newest first.
    package func analyses(_ selection: AnalysisSelection, limit: Int = .max) async throws -> [StoredAnalysis] {
        let (condition, arguments): (String, [any SQLValue]) =
            switch selection {
            case .all: ("TRUE", [])
            case .unfinished: ("NOT is_final", [])
            case .runs(schedule: nil): ("schedule IS NOT NULL", [])
            case .runs(let schedule?): ("schedule = ?", [schedule])
            }
        return try await database.read { connection in
            try connection.rows(
                "SELECT * FROM analysis WHERE \(condition) ORDER BY sequence DESC LIMIT ?",
                arguments + [limit]
            ).map(Self.analysis)
        }
    }

    private static func analysis(_ row: Row) -> StoredAnalysis {
        StoredAnalysis(
            name: row["name"],
            schedule: row["schedule"],
            isFinal: row["is_final"],
            createdAt: Date(microseconds: row["created_at"]),
            modifiedAt: Date(microseconds: row["modified_at"]),
            document: row["document"],
            request: row["request"]
        )
    }
}
