import Database
package import Definitions
package import Foundation

/// An assay as it is stored.
package struct AssayRecord: Sendable {
    package let name: String
    package var definition: AssayDefinition
    package let createdAt: Date
    /// Results of windows that ended before were made by another definition.
    package var definedAt: Date
    /// The baseline in the writer's own format.
    package var baseline: String
    /// The end of the last window that was looked at.
    package var cursor: Date
    package var level: AssayResult.Status

    package init(
        name: String,
        definition: AssayDefinition,
        createdAt: Date,
        definedAt: Date,
        baseline: String,
        cursor: Date,
        level: AssayResult.Status
    ) {
        self.name = name
        self.definition = definition
        self.createdAt = createdAt
        self.definedAt = definedAt
        self.baseline = baseline
        self.cursor = cursor
        self.level = level
    }
}

extension Catalog {
    /// How many results of an assay are kept.
    private static let keptResults = 10_000

    package func assays(of filter: PipelineFilter = .all) async throws -> [AssayRecord] {
        try await database.read { connection in
            let (which, arguments) = try Self.condition(filter, connection)
            let rows = try connection.rows("SELECT * FROM assay WHERE \(which) ORDER BY name", arguments)
            return try Self.readable(rows, Self.assay)
        }
    }

    /// Returns a page of the assays.
    package func assays(_ query: AssayQuery) async throws -> [AssayRecord] {
        try await database.read { connection in
            var (which, arguments) = try Self.condition(query.filter, connection)
            if let level = query.level {
                which += " AND level = ?"
                arguments.append(level.rawValue)
            }
            let rows = try connection.rows(
                "SELECT * FROM assay WHERE \(which) ORDER BY name LIMIT ? OFFSET ?",
                arguments + [query.limit, query.offset]
            )
            return try Self.readable(rows, Self.assay)
        }
    }

    /// Returns how many assays have which level.
    package func assayLevels(of filter: PipelineFilter) async throws -> [AssayResult.Status: Int] {
        try await database.read { connection in
            var counts: [AssayResult.Status: Int] = [:]
            let (which, arguments) = try Self.condition(filter, connection)
            let rows = try connection.rows(
                "SELECT level, count(*) AS n FROM assay WHERE \(which) GROUP BY level",
                arguments
            )
            for row in rows {
                counts[AssayResult.Status(rawValue: row["level"]) ?? .notEnoughData, default: 0] += row["n"]
            }
            return counts
        }
    }

    /// Returns of each assay its newest windows, the newest first.
    package func windows(of assays: [String], limit: Int) async throws -> [String: [AssayWindow]] {
        try await database.read { connection in
            var windows: [String: [AssayWindow]] = [:]
            for assay in assays {
                let rows = try connection.rows(
                    """
                    SELECT window_end, status, json_extract(document, '$.score') AS score,
                        json_extract(document, '$.warn') AS warn, json_extract(document, '$.alert') AS alert
                    FROM assay_result WHERE assay = ? AND json_valid(document) ORDER BY window_end DESC LIMIT ?
                    """,
                    [assay, limit]
                )
                windows[assay] = rows.map { row in
                    AssayWindow(
                        end: Date(microseconds: row["window_end"]),
                        status: AssayResult.Status(rawValue: row["status"]) ?? .notEnoughData,
                        score: row["score"],
                        warn: row["warn"],
                        alert: row["alert"]
                    )
                }
            }
            return windows
        }
    }

    /// Returns `nil` if there is none.
    package func assay(named name: String) async throws -> AssayRecord? {
        try await database.read { try $0.row("SELECT * FROM assay WHERE name = ?", [name]).map(Self.assay) }
    }

    /// Adds an assay, or replaces the one with its name.
    ///
    /// - Parameter sample: A sample of the baseline's numbers; `nil` to keep the stored one.
    package func putAssay(_ assay: AssayRecord, sample: [Double]?) async throws {
        let document = try Self.encode(assay.definition)
        let bytes = sample.map { numbers in numbers.withUnsafeBytes { [UInt8]($0) } }
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO assay (name, pipeline, created_at, defined_at, document, baseline, sample, cursor, level)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, x''), ?8, ?9)
                ON CONFLICT (name) DO UPDATE SET
                    pipeline = ?2, defined_at = ?4, document = ?5, baseline = ?6, sample = coalesce(?7, sample), cursor = ?8,
                    level = ?9
                """,
                [
                    assay.name, assay.definition.pipeline, assay.createdAt.microseconds, assay.definedAt.microseconds,
                    document, assay.baseline, bytes, assay.cursor.microseconds, assay.level.rawValue,
                ]
            )
        }
    }

    /// Returns the sample of the baseline's numbers; `nil` if there is no such assay.
    package func sample(ofAssay name: String) async throws -> [Double]? {
        try await database.read { connection in
            try connection.row("SELECT sample FROM assay WHERE name = ?", [name]).map { row in
                let bytes: [UInt8] = row["sample"]
                return bytes.withUnsafeBytes { bytes in
                    stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map {
                        bytes.loadUnaligned(fromByteOffset: $0, as: Double.self)
                    }
                }
            }
        }
    }

    /// Removes an assay and its results.
    package func removeAssay(_ name: String) async throws {
        try await database.write { connection in
            try connection.execute("DELETE FROM assay_result WHERE assay = ?", [name])
            try connection.execute("DELETE FROM assay WHERE name = ?", [name])
        }
    }

    /// Removes the assays of a pipeline.
    static func removeAssays(of pipeline: String, _ connection: Connection) throws {
        try connection.execute(
            "DELETE FROM assay_result WHERE assay IN (SELECT name FROM assay WHERE pipeline = ?)",
            [pipeline]
        )
        try connection.execute("DELETE FROM assay WHERE pipeline = ?", [pipeline])
    }

    // MARK: Results

    /// Records what an assay says about a window, unless it was removed or defined anew meanwhile.
    ///
    /// - Parameter event: Added with it.
    package func add(_ result: AssayResult, of assay: AssayRecord, event: NewEvent?) async throws {
        let document = try Self.encode(result)
        try await database.write { connection in
            try connection.execute(
                "UPDATE assay SET cursor = ?, level = ? WHERE name = ? AND defined_at = ?",
                [assay.cursor.microseconds, assay.level.rawValue, assay.name, assay.definedAt.microseconds]
            )
            guard connection.changesCount > 0 else { return }
            try connection.execute(
                "INSERT OR REPLACE INTO assay_result (assay, window_end, status, document) VALUES (?, ?, ?, ?)",
                [assay.name, result.end.microseconds, result.status.rawValue, document]
            )
            try connection.execute(
                """
                DELETE FROM assay_result WHERE assay = ?1 AND window_end <= (
                    SELECT window_end FROM assay_result WHERE assay = ?1 ORDER BY window_end DESC LIMIT 1 OFFSET ?2
                )
                """,
                [assay.name, Self.keptResults]
            )
            if let event { try Self.addEvent(event, connection) }
        }
    }

    /// Returns results of an assay, the newest first.
    ///
    /// - Parameters:
    ///   - start: Only windows that end at this time or later.
    ///   - end: Only windows that end before.
    ///   - areMeasured: Only windows that have enough values.
    package func results(
        ofAssay name: String,
        start: Date? = nil,
        end: Date? = nil,
        areMeasured: Bool = false,
        limit: Int
    ) async throws -> [AssayResult] {
        try await database.read { connection in
            let rows = try connection.rows(
                """
                SELECT document FROM assay_result WHERE assay = ? AND window_end >= ? AND window_end < ? AND status != ?
                ORDER BY window_end DESC LIMIT ?
                """,
                [
                    name, start?.microseconds ?? .min, end?.microseconds ?? .max,
                    areMeasured ? AssayResult.Status.notEnoughData.rawValue : "", limit,
                ]
            )
            return try Self.readable(rows) { try Self.decode(AssayResult.self, $0["document"]) }
        }
    }

    /// Returns the statuses of an assay's last windows since it was defined, the oldest first.
    package func statuses(of assay: AssayRecord, limit: Int) async throws -> [AssayResult.Status] {
        try await database.read { connection in
            try connection.strings(
                """
                SELECT status FROM assay_result WHERE assay = ? AND window_end > ? AND status != 'not_enough_data'
                ORDER BY window_end DESC LIMIT ?
                """,
                [assay.name, assay.definedAt.microseconds, limit]
            ).reversed().compactMap(AssayResult.Status.init)
        }
    }

    private static func assay(_ row: Row) throws -> AssayRecord {
        AssayRecord(
            name: row["name"],
            definition: try decode(AssayDefinition.self, row["document"]),
            createdAt: Date(microseconds: row["created_at"]),
            definedAt: Date(microseconds: row["defined_at"]),
            baseline: row["baseline"],
            cursor: Date(microseconds: row["cursor"]),
            level: AssayResult.Status(rawValue: row["level"]) ?? .notEnoughData
        )
    }
}
