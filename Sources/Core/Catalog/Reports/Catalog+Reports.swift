import Database
package import Definitions
import Foundation

extension Catalog {
    /// - Parameters:
    ///   - inputs: What the report was computed from, in the writer's own format.
    ///   - events: Returns the events to add with it, given the last report on the same experiment.
    package func addReport(
        _ report: Report,
        inputs: some Encodable & Sendable,
        events: @escaping @Sendable (_ last: Report?) -> [NewEvent]
    ) async throws {
        let document = try Self.encode(report)
        let recorded = try Self.encode(inputs)
        let summary = try Self.encode(report.summary)
        try await database.write { connection in
            let last = try report.experiment.flatMap {
                try Self.lastReport(of: report.pipeline, experiment: $0.experiment, connection)
            }
            for event in events(last) { try Self.addEvent(event, connection) }
            try connection.execute(
                "INSERT INTO report (id, pipeline, created_at, document, inputs, kind, summary) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    report.id, report.pipeline, report.createdAt.microseconds, document, recorded,
                    report.kind.rawValue, summary,
                ]
            )
        }
    }

    private static func lastReport(
        of pipeline: String,
        experiment: String,
        _ connection: Connection
    ) throws -> Report? {
        // Reports are large, and the last ones are mostly on the same experiment, so they are read one by one.
        let ids = try connection.strings(
            "SELECT id FROM report WHERE pipeline = ? ORDER BY created_at DESC, id LIMIT 100",
            [pipeline]
        )
        for id in ids {
            guard let row = try connection.row("SELECT document FROM report WHERE id = ?", [id]),
                let report = try? decode(Report.self, row["document"]), report.experiment?.experiment == experiment
            else { continue }
            return report
        }
        return nil
    }

    /// Returns a report and what it was computed from; `nil` if there is none.
    package func report(_ id: String) async throws -> (report: Report, inputs: String)? {
        try await database.read { connection in
            try connection.row("SELECT * FROM report WHERE id = ?", [id]).map { row in
                (try Self.decode(Report.self, row["document"]), row["inputs"])
            }
        }
    }

    /// Returns the identifiers of reports that begin with a text, up to ten.
    package func reportIDs(startingWith text: String) async throws -> [String] {
        try await database.read { connection in
            try connection.rows("SELECT id FROM report WHERE substr(id, 1, ?) = ? LIMIT 10", [text.count, text])
                .map { $0["id"] }
        }
    }

    /// Returns a page of the reports on a pipeline without their contents, newest first.
    ///
    /// - Parameter kind: `nil` for reports of all kinds.
    package func reports(
        of pipeline: String,
        _ kind: ReportRequest.Kind?,
        limit: Int,
        offset: Int
    ) async throws -> [ReportSummary] {
        try await database.read { connection in
            var condition = "pipeline = ? AND summary IS NOT NULL"
            var arguments: [any SQLValue] = [pipeline]
            if let kind {
                condition += " AND kind = ?"
                arguments.append(kind.rawValue)
            }
            return try connection.rows(
                "SELECT summary FROM report WHERE \(condition) ORDER BY created_at DESC, id LIMIT ? OFFSET ?",
                arguments + [limit, offset]
            ).map { try Self.decode(ReportSummary.self, $0["summary"]) }
        }
    }

    /// Keeps what lists show of a report beside it, so that a list does not read whole reports.
    static func addReportSummaries(_ connection: Connection) throws {
        try connection.execute(
            """
            ALTER TABLE report ADD COLUMN kind TEXT;
            -- The report without its contents; NULL if the report cannot be read.
            ALTER TABLE report ADD COLUMN summary TEXT;
            CREATE INDEX report_by_kind ON report (pipeline, kind, created_at);
            """
        )
        for id in try connection.strings("SELECT id FROM report") {
            guard let row = try connection.row("SELECT document FROM report WHERE id = ?", [id]),
                let report = try? decode(Report.self, row["document"])
            else { continue }
            try connection.execute(
                "UPDATE report SET kind = ?, summary = ? WHERE id = ?",
                [report.kind.rawValue, try encode(report.summary), id]
            )
        }
    }
}
