package import Definitions
public import Foundation

/// `GET /v1/functions/{function}/logs`.
public struct FunctionLog: Sendable, Codable {
    /// A line that the function wrote, or the server about it.
    public struct Event: Sendable, Codable, Hashable {
        public var time: Date
        /// Identifies the process.
        public var stream: String
        /// The line, without its line end. The description of an error has several lines.
        public var message: String

        public init(time: Date, stream: String, message: String) {
            self.time = time
            self.stream = stream
            self.message = message
        }
    }

    /// The lines, oldest first.
    public var events: [Event]
    public init(events: [Event]) { self.events = events }
}

extension FunctionLog: WireType {
    package static let schema = Schema.object([
        "events": .list(.object(["time": .time, "stream": .string(), "message": .string()]))
    ])
}

/// `GET /v1/functions/{function}/events`: the events that were accepted to be handled later, and still wait, are being handled or
/// have failed.
public struct FunctionEventList: Sendable, Codable {
    public struct Event: Sendable, Codable {
        public var id: String
        /// `waiting`, `running` or `failed`.
        public var state: String
        /// The version or the alias that the event is for; `nil` for the current code.
        public var version: String?
        public var acceptedAt: Date
        /// Why the event was not handled.
        public var reason: String?

        private enum CodingKeys: String, CodingKey {
            case id, state, version, reason
            case acceptedAt = "accepted_at"
        }
    }

    /// The events, oldest first.
    public var events: [Event]
    public init(events: [Event]) { self.events = events }
}

extension FunctionEventList.Event {
    package init(_ event: QueuedEvent) {
        id = event.id
        state = event.state.rawValue
        version = event.qualifier
        acceptedAt = event.acceptedAt
        reason = event.reason
    }
}

extension FunctionEventList: WireType {
    package static let schema = Schema.object([
        "events": .list(
            .object(
                ["id": .string(), "state": .choice(["waiting", "running", "failed"]), "accepted_at": .time],
                optional: ["version": .string(), "reason": .string()]
            )
        )
    ])
}
