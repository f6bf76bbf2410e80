package import Definitions
package import Foundation

/// What jobs wrote, line by line: a ``LineLog`` a job.
package struct JobLogs: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// Where a job's log is: `<folder>/<kind>/<name>`.
    package func path(of kind: JobKind, _ name: String) -> String { "\(folder)/\(kind.rawValue)/\(name)" }

    /// A job's log, which need not be there yet.
    ///
    /// - Throws: ``RoostError`` where no job can have this name.
    package func log(of kind: JobKind, _ name: String) throws -> LineLog {
        try Name.check(name, what: "job name", field: "name")
        return LineLog(path: path(of: kind, name))
    }

    /// When the job's log was begun; `nil` where the job has written nothing yet.
    package func beginning(of kind: JobKind, _ name: String) -> Date? { (try? log(of: kind, name))?.beginning }

    /// Lines of a job from `position` on; see ``LineLog/events(from:since:limit:)``.
    package func events(
        of kind: JobKind,
        _ name: String,
        from position: Int,
        since: Date? = nil,
        limit: Int
    ) throws -> (events: [JobLogEvent], next: Int) {
        try log(of: kind, name).events(from: position, since: since, limit: limit)
    }

    /// Opens a job's log to be appended to.
    package func writer(of kind: JobKind, _ name: String) throws -> LineLog.Writer { try log(of: kind, name).writer() }
}
