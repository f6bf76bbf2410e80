import Database
package import Definitions
package import Foundation

/// A loop as it is stored.
package struct LoopRecord: Sendable, Codable {
    package let name: String
    package var definition: LoopDefinition
    package let createdAt: Date
    /// Events up to this sequence have been looked at.
    package var eventCursor: Int
    /// Labels that came before have been counted, and times of the schedule before have passed.
    package var timeCursor: Date
    package var ignored: Loop.Ignored?

    package init(name: String, definition: LoopDefinition, createdAt: Date, eventCursor: Int, timeCursor: Date) {
        self.name = name
        self.definition = definition
        self.createdAt = createdAt
        self.eventCursor = eventCursor
        self.timeCursor = timeCursor
    }
}

/// A run of a loop as it is stored.
package struct LoopRunRecord: Sendable, Codable {
    package var run: LoopRun
    /// The loop's definition when the run began, which holds for all of it.
    package let definition: LoopDefinition

    package init(run: LoopRun, definition: LoopDefinition) {
        self.run = run
        self.definition = definition
    }
}

extension Catalog {
    /// How many runs of a loop are kept.
    private static let keptRuns = 1000

    package func loops() async throws -> [LoopRecord] {
        try await database.read { connection in
            let rows = try connection.rows("SELECT document FROM loop ORDER BY name")
            return try Self.readable(rows) { try Self.decode(LoopRecord.self, $0["document"]) }
        }
    }

    package func loopNames(of filter: PipelineFilter) async throws -> [String] {
        try await database.read { connection in
            let (which, arguments) = try Self.condition(filter, connection)
            return try connection.strings("SELECT name FROM loop WHERE \(which) ORDER BY name", arguments)
        }
    }

    /// Returns `nil` if there is none.
    package func loop(named name: String) async throws -> LoopRecord? {
        try await database.read { connection in
            try connection.row("SELECT document FROM loop WHERE name = ?", [name])
                .map { try Self.decode(LoopRecord.self, $0["document"]) }
        }
    }

    /// Adds a loop, or replaces the one with its name.
    package func putLoop(_ loop: LoopRecord) async throws {
        try await database.write { try Self.put(loop, $0) }
    }

    private static func put(_ loop: LoopRecord, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO loop (name, pipeline, document) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO UPDATE SET pipeline = ?2, document = ?3
            """,
            [loop.name, loop.definition.pipeline, try encode(loop)]
        )
    }

    /// Removes a loop and its runs.
    package func removeLoop(_ name: String) async throws {
        try await database.write { connection in
            try connection.execute("DELETE FROM loop_run WHERE loop = ?", [name])
            try connection.execute("DELETE FROM loop WHERE name = ?", [name])
        }
    }

    /// Removes the loops of a pipeline.
    static func removeLoops(of pipeline: String, _ connection: Connection) throws {
        try connection.execute(
            "DELETE FROM loop_run WHERE loop IN (SELECT name FROM loop WHERE pipeline = ?)",
            [pipeline]
        )
        try connection.execute("DELETE FROM loop WHERE pipeline = ?", [pipeline])
    }

    // MARK: Runs

    /// Records that a run of a loop begins. The loop must still exist.
    ///
    /// - Returns: `false` if the loop was removed meanwhile.
    package func add(_ record: LoopRunRecord, of loop: LoopRecord, event: NewEvent) async throws -> Bool {
        let document = try Self.encode(record)
        return try await database.write { connection in
            guard try connection.exists("SELECT 1 FROM loop WHERE name = ?", [loop.name]) else { return false }
            try Self.put(loop, connection)
            try connection.execute(
                "INSERT INTO loop_run (id, loop, is_open, started_at, document) VALUES (?, ?, ?, ?, ?)",
                [
                    record.run.id, loop.name, record.run.state.isOpen, record.run.startedAt.microseconds, document,
                ]
            )
            try connection.execute(
                """
                DELETE FROM loop_run WHERE loop = ?1 AND NOT is_open AND sequence <= (
                    SELECT sequence FROM loop_run WHERE loop = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2
                )
                """,
                [loop.name, Self.keptRuns]
            )
            try Self.addEvent(event, connection)
            return true
        }
    }

    /// Records how far a run has come.
    ///
    /// - Parameter events: Added with it.
    package func save(_ record: LoopRunRecord, events: [NewEvent]) async throws {
        let document = try Self.encode(record)
        try await database.write { connection in
            try connection.execute(
                "UPDATE loop_run SET is_open = ?, document = ? WHERE id = ?",
                [record.run.state.isOpen, document, record.run.id]
            )
            for event in events { try Self.addEvent(event, connection) }
        }
    }

    /// Returns the runs that have not ended.
    package func openLoopRuns() async throws -> [LoopRunRecord] {
        try await database.read { connection in
            let rows = try connection.rows("SELECT document FROM loop_run WHERE is_open ORDER BY sequence")
            return try Self.readable(rows) { try Self.decode(LoopRunRecord.self, $0["document"]) }
        }
    }

    /// Returns runs of a loop, the newest first.
    package func loopRuns(of loop: String, limit: Int, offset: Int = 0) async throws -> [LoopRunRecord] {
        try await database.read { connection in
            let rows = try connection.rows(
                "SELECT document FROM loop_run WHERE loop = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
                [loop, limit, offset]
            )
            return try Self.readable(rows) { try Self.decode(LoopRunRecord.self, $0["document"]) }
        }
    }

    package func loopRunCount(of loop: String) async throws -> Int {
        try await database.read { connection in
            try connection.row("SELECT count(*) AS n FROM loop_run WHERE loop = ?", [loop])?["n"] ?? 0
        }
    }

    /// - Returns: `nil` if there is none.
    package func loopRun(_ id: String) async throws -> LoopRunRecord? {
        try await database.read { connection in
            try connection.row("SELECT document FROM loop_run WHERE id = ?", [id])
                .map { try Self.decode(LoopRunRecord.self, $0["document"]) }
        }
    }

    /// Returns the identifiers of runs that begin with a text, up to ten.
    package func loopRunIDs(startingWith text: String) async throws -> [String] {
        try await database.read { connection in
            try connection.rows("SELECT id FROM loop_run WHERE substr(id, 1, ?) = ? LIMIT 10", [text.count, text])
                .map { $0["id"] }
        }
    }
}
