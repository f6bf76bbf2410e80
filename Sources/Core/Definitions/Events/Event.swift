public import Foundation

/// Something that happened on the server.
public struct Event: Sendable, Hashable, Codable {
    /// The thing that it happened to.
    public struct Subject: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            case pipeline, endpoint, job, release, report, assay, schedule, suite, loop, server, webhook
        }

        public var kind: Kind
        public var name: String

        public init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// The place in the order of events, which only grows. An event with a higher one happened later.
    public var sequence: Int
    public var time: Date
    public var kind: EventKind
    public var subject: Subject
    /// One sentence for people.
    public var message: String
    /// Who asked for it, as the client said; `nil` if it did not say, or if nobody asked.
    public var by: String?
    /// Facts by name, such as the version.
    public var details: [String: String]

    public init(
        sequence: Int,
        time: Date,
        kind: EventKind,
        subject: Subject,
        message: String,
        by: String? = nil,
        details: [String: String] = [:]
    ) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.subject = subject
        self.message = message
        self.by = by
        self.details = details
    }
}

/// An event that has no place in the order yet.
package struct NewEvent: Sendable {
    package var time: Date
    package var kind: EventKind
    package var subject: Event.Subject
    package var message: String
    package var by: String?
    package var details: [String: String]

    package init(
        _ kind: EventKind,
        on subject: Event.Subject,
        _ message: String,
        details: [String: String] = [:],
        by: String? = nil,
        at time: Date
    ) {
        self.time = time
        self.kind = kind
        self.subject = subject
        self.message = message
        self.by = by
        self.details = details
    }
    /// The pipeline that the event is about: its subject, or the detail `pipeline`.
    package var pipeline: String? { subject.kind == .pipeline ? subject.name : details["pipeline"] }
}
