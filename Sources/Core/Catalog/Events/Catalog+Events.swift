import Database
package import Definitions
package import Foundation

/// What happened, in order.
extension Catalog {
    /// The parts of an event that no query selects by.
    private struct StoredEvent: Codable {
        var message: String
        var by: String?
        var details: [String: String]
    }

    package func addEvent(_ event: NewEvent) async throws {
        try await database.write { try Self.addEvent(event, $0) }
    }

    /// Adds an event in the transaction of the change that it tells about, so that there are both or neither.
    static func addEvent(_ event: NewEvent, _ connection: Connection) throws {
        let document = try encode(StoredEvent(message: event.message, by: event.by, details: event.details))
        try connection.execute(
            "INSERT INTO event (time, kind, subject_kind, subject, pipeline, document) VALUES (?, ?, ?, ?, ?, ?)",
            [
                event.time.microseconds, event.kind.rawValue, event.subject.kind.rawValue, event.subject.name,
                event.pipeline, document,
            ]
        )
    }

    package func events(_ query: EventQuery) async throws -> [Event] {
        var conditions: [String] = []
        var arguments: [any SQLValue] = []
        func add(_ condition: String, _ value: (some SQLValue)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        // A row of an unknown kind is never read.
        let kinds = (query.kinds ?? EventKind.allCases).map(\.rawValue)
        conditions.append("kind IN (\(Self.placeholders(kinds.count)))")
        arguments += kinds
        add("subject_kind = ?", query.subjectKind?.rawValue)
        add("subject = ?", query.subjectName)
        add("pipeline = ?", query.pipeline)
        add("time >= ?", query.since?.microseconds)
        add("sequence > ?", query.after)
        add("sequence < ?", query.before)
        arguments += [query.limit]
        let sql = """
            SELECT * FROM event WHERE \(conditions.joined(separator: " AND "))
            ORDER BY sequence \(query.after == nil ? "DESC" : "ASC") LIMIT ?
            """
        return try await database.read { [arguments] connection in
            try Self.readable(connection.rows(sql, arguments), Self.event)
        }
    }

    /// Returns the highest sequence that an event has had; 0 if there was none.
    package func newestEvent() async throws -> Int { try await database.read(Self.newestEvent) }

    static func newestEvent(_ connection: Connection) throws -> Int {
        // Kept by SQLite also when the events are gone.
        try connection.row("SELECT seq FROM sqlite_sequence WHERE name = 'event'")?["seq"] ?? 0
    }

    /// Returns how many events there are after a sequence, by their kinds, and the highest sequence.
    package func eventCounts(after sequence: Int) async throws -> (counts: [EventKind: Int], newest: Int) {
        try await database.read { connection in
            var counts: [EventKind: Int] = [:]
            let rows = try connection.rows(
                "SELECT kind, count(*) AS count FROM event WHERE sequence > ? GROUP BY kind",
                [sequence]
            )
            for row in rows { if let kind = EventKind(rawValue: row["kind"]) { counts[kind] = row["count"] } }
            return (counts, try Self.newestEvent(connection))
        }
    }

    /// Removes the events before a time, and all but the newest `count`.
    package func removeEvents(before time: Date, allButNewest count: Int) async throws {
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM event WHERE sequence <= ? OR time < ?",
                [try Self.newestEvent(connection) - count, time.microseconds]
            )
        }
    }

    static func placeholders(_ count: Int) -> String { repeatElement("?", count: count).joined(separator: ", ") }

    private static func event(_ row: Row) throws -> Event {
        guard let kind = EventKind(rawValue: row["kind"]),
            let subjectKind = Event.Subject.Kind(rawValue: row["subject_kind"])
        else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "unknown kind"))
        }
        let stored = try decode(StoredEvent.self, row["document"])
        return Event(
            sequence: row["sequence"],
            time: Date(microseconds: row["time"]),
            kind: kind,
            subject: Event.Subject(subjectKind, row["subject"]),
            message: stored.message,
            by: stored.by,
            details: stored.details
        )
    }
}
