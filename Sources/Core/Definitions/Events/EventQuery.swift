package import Foundation

/// Which events to list.
package struct EventQuery: Sendable {
    /// The most events of one list.
    package static let limit = 1000

    /// Only these kinds; `nil` for all.
    package var kinds: [EventKind]?
    package var subjectKind: Event.Subject.Kind?
    package var subjectName: String?
    /// The pipeline that the events are about, whatever their subjects.
    package var pipeline: String?
    /// Not before this time.
    package var since: Date?
    /// Later events than this sequence, oldest first. Without it, the newest come first.
    package var after: Int?
    /// Earlier events than this sequence.
    package var before: Int?
    package var limit = 100

    package init() {}
}
