package import Definitions
package import Foundation
package import LineLogs

/// The output of jobs: one ``LineLog`` per job.
package struct JobLogs: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// Returns the path of a job's log: `<folder>/<kind>/<name>`.
    package func path(of kind: JobKind, _ name: String) -> String { "\(folder)/\(kind.rawValue)/\(name)" }

    /// Returns a job's log, which may not exist yet.
    ///
    /// - Throws: ``RoostError`` if the name is not a valid job name.
    package func log(of kind: JobKind, _ name: String) throws -> LineLog {
        try Name.check(name, what: "job name", field: "name")
        return LineLog(path: path(of: kind, name))
    }

    /// Returns the time of the log's first line; `nil` if the job has not written anything yet.
    package func beginning(of kind: JobKind, _ name: String) -> Date? { (try? log(of: kind, name))?.beginning }

    /// Returns lines of a job's log from `position` on; see ``LineLog/events(from:since:limit:)``.
    package func events(
        of kind: JobKind,
        _ name: String,
        from position: Int,
        since: Date? = nil,
        limit: Int
    ) throws -> (events: [TimedLine], next: Int) {
        try log(of: kind, name).events(from: position, since: since, limit: limit)
    }

    /// Returns the last lines of a job's log, and the position after the last one.
    package func lastEvents(of kind: JobKind, _ name: String, limit: Int) throws -> (events: [TimedLine], next: Int) {
        try log(of: kind, name).lastEvents(limit: limit)
    }

    /// Opens a job's log for appending.
    package func writer(of kind: JobKind, _ name: String) throws -> LineLog.Writer {
        try log(of: kind, name).writerOfJob()
    }
}

extension LineLog {
    /// Opens the log for appending.
    ///
    /// - Throws: ``RoostError`` if the file cannot be opened.
    func writerOfJob() throws -> Writer {
        do {
            return try writer()
        } catch let error as LineLogError {
            throw RoostError(.unavailable, "The log cannot be written: \(error.reason).")
        }
    }
}
