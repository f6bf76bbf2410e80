import Database
package import Definitions

/// A release as it is stored: what users see, and what its steps need besides.
package struct ReleaseRecord: Codable, Sendable {
    /// What the release does next.
    package enum Phase: Codable, Sendable, Equatable {
        case replay
        case shadow
        case canary
        /// Makes the candidate the champion.
        case promotion
        /// Goes back to what answered before, and ends in this state.
        case returning(Release.State)
    }

    /// The evidence of a step that has ended.
    package struct StepEvidence: Codable, Sendable, Equatable {
        /// ln E at the end.
        package var logarithm: Double
        /// The maximum of ln E.
        package var maximum: Double

        package init(logarithm: Double, maximum: Double) {
            self.logarithm = logarithm
            self.maximum = maximum
        }
    }

    package var release: Release
    package var phase: Phase
    /// The pipeline's version that a rollback returned to before the release.
    package var previousVersion: String?
    /// Who asked for a promotion before the evidence does, and by which report.
    package var request: PromotionRequest?
    /// Who asked for the release to go back; `nil` if nobody did, or if the client did not say.
    package var abortedBy: String?
    /// How long the shadow has been watched, in seconds. The time in which no server ran does not count.
    package var shadowSeconds = 0.0
    /// What the steps before the canary have shown.
    package var evidence: [StepEvidence] = []
    /// The experiment of the canary.
    package var experiment: String?
    /// What the guardrails saw until the release ended; `nil` before, or if there was no canary.
    package var guardrails: [ReleaseStatus.Guardrail]?

    package init(release: Release, phase: Phase, previousVersion: String?) {
        self.release = release
        self.phase = phase
        self.previousVersion = previousVersion
    }
}

extension Catalog {
    /// Adds a release and its event.
    package func add(_ record: ReleaseRecord, event: NewEvent) async throws {
        let document = try Self.encode(record)
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO release (id, pipeline, is_open, created_at, document) VALUES (?, ?, ?, ?, ?)",
                [
                    record.release.id, record.release.pipeline, record.release.state.isOpen,
                    record.release.createdAt.microseconds, document,
                ]
            )
            try Self.addEvent(event, connection)
        }
    }

    /// Records how far a release has come. Of one that has ended, nothing else is kept.
    ///
    /// - Parameters:
    ///   - units: The units that a step has counted.
    ///   - event: Added with it.
    package func save(_ record: ReleaseRecord, counting units: Set<UInt64> = [], event: NewEvent?) async throws {
        let document = try Self.encode(record)
        try await database.write { connection in
            let (id, isOpen) = (record.release.id, record.release.state.isOpen)
            try connection.execute(
                "UPDATE release SET is_open = ?, document = ? WHERE id = ?",
                [isOpen, document, id]
            )
            for unit in units {
                try connection.executeOften(
                    "INSERT OR IGNORE INTO release_unit (release, unit) VALUES (?, ?)",
                    [id, Int64(bitPattern: unit)]
                )
            }
            if !isOpen { try Self.removeProgress(ofRelease: id, connection) }
            if let event { try Self.addEvent(event, connection) }
        }
    }

    /// Removes the releases of a pipeline.
    static func removeReleases(of pipeline: String, _ connection: Connection) throws {
        for id in try connection.strings("SELECT id FROM release WHERE pipeline = ?", [pipeline]) {
            try removeProgress(ofRelease: id, connection)
            try connection.execute("DELETE FROM release_course WHERE release = ?", [id])
        }
        try connection.execute("DELETE FROM release WHERE pipeline = ?", [pipeline])
    }

    private static func removeProgress(ofRelease id: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM release_unit WHERE release = ?", [id])
        try removeRollout(id, connection)
    }

    /// Returns releases, newest first.
    package func releases(of filter: PipelineFilter, limit: Int, offset: Int = 0) async throws -> [ReleaseRecord] {
        try await database.read { connection in
            let (which, arguments) = try Self.condition(filter, connection)
            let rows = try connection.rows(
                "SELECT document FROM release WHERE \(which) ORDER BY sequence DESC LIMIT ? OFFSET ?",
                arguments + [limit, offset]
            )
            return try Self.readable(rows) { try Self.decode(ReleaseRecord.self, $0["document"]) }
        }
    }

    /// Returns how many releases there are, and how many of them have not ended.
    package func releaseCounts(of filter: PipelineFilter) async throws -> (total: Int, open: Int) {
        try await database.read { connection in
            let (which, arguments) = try Self.condition(filter, connection)
            let row = try connection.row(
                "SELECT count(*) AS total, coalesce(sum(is_open), 0) AS open FROM release WHERE \(which)",
                arguments
            )
            return (row?["total"] ?? 0, row?["open"] ?? 0)
        }
    }

    /// Returns the releases that have not ended.
    package func openReleases() async throws -> [ReleaseRecord] {
        try await database.read { connection in
            let rows = try connection.rows("SELECT document FROM release WHERE is_open ORDER BY sequence")
            return try Self.readable(rows) { try Self.decode(ReleaseRecord.self, $0["document"]) }
        }
    }

    /// - Returns: `nil` if there is none.
    package func release(_ id: String) async throws -> ReleaseRecord? {
        try await database.read { connection in
            try connection.row("SELECT document FROM release WHERE id = ?", [id])
                .map { try Self.decode(ReleaseRecord.self, $0["document"]) }
        }
    }

    /// Returns the identifiers of releases that begin with a text, up to ten.
    package func releaseIDs(startingWith text: String) async throws -> [String] {
        try await database.read { connection in
            try connection.rows("SELECT id FROM release WHERE substr(id, 1, ?) = ? LIMIT 10", [text.count, text])
                .map { $0["id"] }
        }
    }

    /// Keeps the evidence of a release over time. It is apart from the release, because lists of releases do not need it.
    package func save(_ course: ReleaseCourse, of release: String) async throws {
        let document = try Self.encode(course)
        try await database.write { connection in
            try connection.executeOften(
                """
                INSERT INTO release_course (release, document) SELECT id, ? FROM release WHERE id = ?
                ON CONFLICT (release) DO UPDATE SET document = excluded.document
                """,
                [document, release]
            )
        }
    }

    /// Returns the evidence of a release over time as it was last kept.
    package func course(ofRelease id: String) async throws -> ReleaseCourse {
        try await database.read { connection in
            try connection.row("SELECT document FROM release_course WHERE release = ?", [id])
                .map { try Self.decode(ReleaseCourse.self, $0["document"]) } ?? ReleaseCourse()
        }
    }

    /// Returns the units that the steps of a release have counted.
    package func units(of release: String) async throws -> Set<UInt64> {
        try await database.read { connection in
            let rows = try connection.rows("SELECT unit FROM release_unit WHERE release = ?", [release])
            return Set(rows.map { UInt64(bitPattern: $0["unit"] as Int64) })
        }
    }
}
