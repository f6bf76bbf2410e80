package import Definitions
package import Foundation

/// A line that a job wrote.
package struct JobLogEvent: Sendable, Equatable {
    package var time: Date
    package var message: String
}

/// What jobs wrote, line by line: a file a job, only ever appended to.
package struct JobLogs: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// When the job's log was begun; `nil` where the job has written nothing yet.
    package func beginning(of kind: JobKind, _ name: String) -> Date? { nil }

    /// Lines from `position` on.
    ///
    /// - Parameters:
    ///   - position: 0, or a position that an earlier call answered.
    ///   - since: Only lines from this time on.
    /// - Returns: The lines, and the position after the last of them; the same position where there were none.
    package func events(
        of kind: JobKind,
        _ name: String,
        from position: Int,
        since: Date? = nil,
        limit: Int
    ) throws -> (events: [JobLogEvent], next: Int) {
        ([], position)
    }
}
