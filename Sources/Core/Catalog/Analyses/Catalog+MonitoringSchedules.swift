import Database
package import Definitions

/// The schedules of analyses.
extension Catalog {
    /// Creates a schedule. Returns `false` if the name is taken.
    package func addMonitoringSchedule(_ name: String, document: String) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "INSERT OR IGNORE INTO monitoring_schedule (name, document) VALUES (?, ?)",
                [name, document]
            )
            return connection.changesCount == 1
        }
    }

    /// - Parameter event: Added with the change.
    package func saveMonitoringSchedule(_ name: String, document: String, event: NewEvent? = nil) async throws {
        try await database.write { connection in
            try connection.execute("UPDATE monitoring_schedule SET document = ? WHERE name = ?", [document, name])
            if let event { try Self.addEvent(event, connection) }
        }
    }

    package func removeMonitoringSchedule(_ name: String) async throws {
        try await database.write { try $0.execute("DELETE FROM monitoring_schedule WHERE name = ?", [name]) }
    }

    /// Returns the documents of all schedules, by their names.
    package func monitoringSchedules() async throws -> [(name: String, document: String)] {
        try await database.read { connection in
            try connection.rows("SELECT * FROM monitoring_schedule ORDER BY name").map { ($0["name"], $0["document"]) }
        }
    }
}
