package import Definitions
package import Foundation
import GRDB

/// Which jobs of a kind are wanted, and in what order.
package struct JobQuery: Sendable {
    package enum Order: String, Sendable {
        case name
        case createdAt = "created_at"
        case status
    }

    package var nameContains: String?
    package var status: JobState.Status?
    package var parent: String?
    package var createdAfter: Date?
    package var createdBefore: Date?
    package var modifiedAfter: Date?
    package var modifiedBefore: Date?
    package var order = Order.createdAt
    package var isDescending = true
    /// How many to pass over.
    package var offset = 0
    package var limit = 100

    package init() {}
}

/// A job with the request that asked for it, as the dialect that took it had it: only that dialect reads it.
package struct RecordedJob<Value: Job>: Sendable {
    package var job: Value
    package var request: String?
}

extension Catalog {
    /// - Throws: ``RoostError`` conflict where the name is taken.
    package func addJob<Value: Job>(_ job: Value, request: String?) async throws {
        let document = try Self.encode(job)
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO job (kind, name, status, parent, created_at, modified_at, document, request)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    Value.kind.rawValue, job.name, job.state.status.rawValue, job.parent,
                    job.state.createdAt.microseconds, job.state.modifiedAt.microseconds, document, request,
                ]
            )
            guard database.changesCount == 1 else {
                throw RoostError(
                    .conflict,
                    "There is a \(Value.kind.rawValue) job '\(job.name)' already.",
                    field: "name"
                )
            }
        }
    }

    package func saveJob<Value: Job>(_ job: Value) async throws {
        let document = try Self.encode(job)
        try await database.write { database in
            try database.execute(
                sql: "UPDATE job SET status = ?, modified_at = ?, document = ? WHERE kind = ? AND name = ?",
                arguments: [
                    job.state.status.rawValue, job.state.modifiedAt.microseconds, document, Value.kind.rawValue,
                    job.name,
                ]
            )
        }
    }

    /// Removes a tuning job that is over. Its trials stay, as training jobs of their own, each with its request.
    ///
    /// - Returns: `false` where there is none, or where it is not over.
    package func removeTuningJob(_ name: String, trialRequests: [String: String]) async throws -> Bool {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM job WHERE kind = ? AND name = ? AND status NOT IN ('InProgress', 'Stopping')",
                arguments: [TuningJob.kind.rawValue, name]
            )
            guard database.changesCount == 1 else { return false }
            for (trial, request) in trialRequests {
                try database.execute(
                    sql: "UPDATE job SET request = ? WHERE kind = ? AND name = ?",
                    arguments: [request, TrainingJob.kind.rawValue, trial]
                )
            }
            // A later job of this name must not take them for its own.
            try database.execute(sql: "UPDATE job SET parent = NULL WHERE parent = ?", arguments: [name])
            return true
        }
    }

    /// The job with this name; `nil` where there is none.
    package func job<Value: Job>(_ type: Value.Type, named name: String) async throws -> RecordedJob<Value>? {
        try await database.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT document, request FROM job WHERE kind = ? AND name = ?",
                arguments: [Value.kind.rawValue, name]
            ).map { RecordedJob(job: try Self.decode(Value.self, $0["document"]), request: $0["request"]) }
        }
    }

    /// Whether there is a job whose name is this one in lower case.
    package func hasJob(_ kind: JobKind, lowercased name: String) async throws -> Bool {
        try await database.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM job WHERE kind = ? AND lower(name) = ?)",
                arguments: [kind.rawValue, name]
            ) ?? false
        }
    }

    package func jobs<Value: Job>(_ type: Value.Type, _ query: JobQuery = JobQuery()) async throws -> [Value] {
        var conditions = ["kind = ?"]
        var arguments: StatementArguments = [Value.kind.rawValue]
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
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
        let direction = query.isDescending ? "DESC" : "ASC"
        arguments += [query.limit, query.offset]
        let sql = """
            SELECT document FROM job WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(query.order.rawValue) \(direction), sequence \(direction) LIMIT ? OFFSET ?
            """
        return try await database.read { [arguments] database in
            try Self.readable(String.fetchAll(database, sql: sql, arguments: arguments)) {
                try Self.decode(Value.self, $0)
            }
        }
    }

    /// The names of the jobs that are not over, oldest first.
    package func unfinishedJobs(_ kind: JobKind) async throws -> [String] {
        try await database.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT name FROM job WHERE kind = ? AND status IN ('InProgress', 'Stopping') ORDER BY sequence",
                arguments: [kind.rawValue]
            )
        }
    }
}
