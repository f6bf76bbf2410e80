public import Definitions
public import Foundation

/// `GET /v1/training-jobs`, and the same for other kinds of jobs.
public struct JobList<Value: Job>: Sendable, Codable {
    /// The jobs, in the requested order.
    public var jobs: [Value]
    /// The `offset` of the next page; `nil` on the last page.
    public var nextOffset: Int?
    /// The number of jobs on all pages; `nil` from servers before 0.3.0.
    public var total: Int?

    private enum CodingKeys: String, CodingKey {
        case jobs, total
        case nextOffset = "next_offset"
    }

    public init(jobs: [Value], nextOffset: Int?, total: Int? = nil) {
        self.jobs = jobs
        self.nextOffset = nextOffset
        self.total = total
    }
}

extension JobList: WireType where Value: WireType {
    package static var schemaName: String { Value.schemaName + "List" }
    package static var schema: Schema {
        .object(["jobs": .list(of: Value.self)], optional: ["next_offset": .integer(), "total": .integer(min: 0)])
    }
}

/// `GET /v1/training-jobs/{job}/logs`, and the same for other kinds of jobs.
public struct JobLog: Sendable, Codable {
    /// A line that the job wrote.
    public struct Event: Sendable, Codable {
        /// When the line was written.
        public var time: Date
        /// The line, without its line end.
        public var message: String

        public init(time: Date, message: String) {
            self.time = time
            self.message = message
        }
    }

    /// The lines, oldest first.
    public var events: [Event]
    /// The `from` of the next request.
    public var next: Int

    public init(events: [Event], next: Int) {
        self.events = events
        self.next = next
    }
}

extension JobLog: WireType {
    package static let schema = Schema.object([
        "events": .list(.object(["time": .time, "message": .string()])), "next": .integer(),
    ])
}
