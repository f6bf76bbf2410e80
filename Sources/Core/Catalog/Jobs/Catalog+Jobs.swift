import Database
package import Definitions
import Foundation

extension Catalog {
    /// Creates a job. Returns `false` if the name is taken.
    package func addJob<Value: Job>(_ job: Value, request: String?) async throws -> Bool {
        let document = try Self.encode(job)
        return try await database.write { connection in
            try connection.execute(
                """
                INSERT OR IGNORE INTO job (kind, name, status, parent, created_at, modified_at, document, request)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    Value.kind.rawValue, job.name, job.state.status.rawValue, job.parent,
                    job.state.createdAt.microseconds, job.state.modifiedAt.microseconds, document, request,
                ]
            )
            return connection.changesCount == 1
        }
    }

    /// - Parameter event: Added with the change.
    package func saveJob<Value: Job>(_ job: Value, event: NewEvent? = nil) async throws {
        let document = try Self.encode(job)
        try await database.write { connection in
            try connection.execute(
                "UPDATE job SET status = ?, modified_at = ?, document = ?, artifact = ? WHERE kind = ? AND name = ?",
                [
                    job.state.status.rawValue, job.state.modifiedAt.microseconds, document, job.artifact,
                    Value.kind.rawValue, job.name,
                ]
            )
            if let event { try Self.addEvent(event, connection) }
        }
    }

    /// Removes a tuning job that has ended. Its trials stay as independent training jobs, each with its request.
    ///
    /// - Returns: `false` if there is none, or if it has not ended.
    package func removeTuningJob(_ name: String, trialRequests: [String: String]) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM job WHERE kind = ? AND name = ? AND status NOT IN ('InProgress', 'Stopping')",
                [TuningJob.kind.rawValue, name]
            )
            guard connection.changesCount == 1 else { return false }
            for (trial, request) in trialRequests {
                try connection.execute(
                    "UPDATE job SET request = ? WHERE kind = ? AND name = ?",
                    [request, TrainingJob.kind.rawValue, trial]
                )
            }
            // A later job of this name must not adopt them.
            try connection.execute("UPDATE job SET parent = NULL WHERE parent = ?", [name])
            return true
        }
    }

    /// Returns the job with this name; `nil` if there is none.
    package func job<Value: Job>(_ type: Value.Type, named name: String) async throws -> RecordedJob<Value>? {
        try await database.read { connection in
            try connection.row(
                "SELECT document, request FROM job WHERE kind = ? AND name = ?",
                [Value.kind.rawValue, name]
            ).map { RecordedJob(job: try Self.decode(Value.self, $0["document"]), request: $0["request"]) }
        }
    }

    /// Returns whether there is a job with this lowercase name, ignoring case.
    package func hasJob(_ kind: JobKind, lowercased name: String) async throws -> Bool {
        try await database.read { connection in
            try connection.exists("SELECT 1 FROM job WHERE kind = ? AND lower(name) = ?", [kind.rawValue, name])
        }
    }

    package func jobs<Value: Job>(_ type: Value.Type, _ query: JobQuery = JobQuery()) async throws -> [Value] {
        let (condition, values) = Self.condition(query, of: Value.kind)
        let arguments = values + [query.limit, query.offset]
        let direction = query.isDescending ? "DESC" : "ASC"
        let sql = """
            SELECT document FROM job WHERE \(condition)
            ORDER BY \(query.order.rawValue) \(direction), sequence \(direction) LIMIT ? OFFSET ?
            """
        return try await database.read { connection in
            try Self.readable(connection.strings(sql, arguments)) {
                try Self.decode(Value.self, $0)
            }
        }
    }

    /// Returns the number of jobs on all pages of a query.
    package func jobCount<Value: Job>(_ type: Value.Type, _ query: JobQuery) async throws -> Int {
        let (condition, arguments) = Self.condition(query, of: Value.kind)
        return try await database.read { connection in
            try connection.row("SELECT count(*) AS count FROM job WHERE \(condition)", arguments)?["count"] ?? 0
        }
    }

    private static func condition(_ query: JobQuery, of kind: JobKind) -> (sql: String, values: [any SQLValue]) {
        var conditions = ["kind = ?"]
        var arguments: [any SQLValue] = [kind.rawValue]
        func add(_ condition: String, _ value: (some SQLValue)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("instr(name, ?) > 0", query.nameContains)
        add("status = ?", query.status?.rawValue)
        add("parent = ?", query.parent)
        add("created_at > ?", query.createdAfter?.microseconds)
        add("created_at < ?", query.createdBefore?.microseconds)
        add("modified_at > ?", query.modifiedAfter?.microseconds)
        add("modified_at < ?", query.modifiedBefore?.microseconds)
        return (conditions.joined(separator: " AND "), arguments)
    }

    /// Returns the names of the jobs that have not ended, oldest first.
    package func unfinishedJobs(_ kind: JobKind) async throws -> [String] {
        try await database.read { connection in
            try connection.strings(
                "SELECT name FROM job WHERE kind = ? AND status IN ('InProgress', 'Stopping') ORDER BY sequence",
                [kind.rawValue]
            )
        }
    }
}
