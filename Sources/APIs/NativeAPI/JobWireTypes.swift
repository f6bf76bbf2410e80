public import Definitions
public import Foundation

/// `GET /v1/training-jobs` and its like.
public struct JobList<Value: Job>: Sendable, Codable {
    /// The jobs, in the order that was asked for.
    public var jobs: [Value]
    /// The `offset` that the list goes on at; `nil` at its end.
    public var nextOffset: Int?

    private enum CodingKeys: String, CodingKey {
        case jobs
        case nextOffset = "next_offset"
    }

    /// One made of these parts.
    public init(jobs: [Value], nextOffset: Int?) {
        self.jobs = jobs
        self.nextOffset = nextOffset
    }
}

/// `GET /v1/training-jobs/{job}/logs` and its like.
public struct JobLog: Sendable, Codable {
    /// A line that the job wrote.
    public struct Event: Sendable, Codable {
        /// When it came.
        public var time: Date
        /// The line, without its end.
        public var message: String

        /// One made of these parts.
        public init(time: Date, message: String) {
            self.time = time
            self.message = message
        }
    }

    /// The lines, oldest first.
    public var events: [Event]
    /// Where the next request goes on: `from`.
    public var next: Int

    /// One made of these parts.
    public init(events: [Event], next: Int) {
        self.events = events
        self.next = next
    }
}
