public import Definitions
package import Events
import Foundation

/// The operation on events.
package struct EventOperations: OperationGroup {
    /// The longest that a response waits for an event, in seconds.
    private static let longestWait = 30

    let events: EventLog

    package init(events: EventLog) { self.events = events }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/events",
            id: "listEvents",
            "List what happened, or wait for what happens next",
            query: [
                QueryParameter("after", .described("Only later events, oldest first.", .integer(min: 0))),
                QueryParameter("before", .described("Only earlier events.", .integer(min: 0))),
                QueryParameter("limit", .integer(min: 1, max: EventQuery.limit)),
                QueryParameter("kind", .described("A kind, or a group such as `release.*`.", .string())),
                QueryParameter("subject", .described("`KIND` or `KIND:NAME`, such as `job:nightly`.", .string())),
                QueryParameter("pipeline", .name), QueryParameter("since", .time),
                QueryParameter(
                    "wait",
                    .described(
                        "Seconds to wait for an event if there is none. Needs `after`.",
                        .integer(min: 0, max: Self.longestWait)
                    )
                ),
            ],
            returns: EventList.self
        ) { call in
            let query = try EventQuery(call)
            let wait = try call.number("wait", 0...Self.longestWait) ?? 0
            guard wait > 0 else { return try await list(query) { try await events.events(query) } }
            guard query.after != nil else {
                throw RoostError(.invalidInput, "'wait' needs 'after': the place from which to follow.", field: "wait")
            }
            return try await list(query) { try await events.events(query, waitingUpTo: .seconds(wait)) }
        }
    }

    private func list(_ query: EventQuery, _ read: () async throws -> [Event]) async throws -> EventList {
        // Before they are read, so that no event is between the list and the place from which to continue.
        let newest = try await events.newest()
        let found = try await read()
        let last = found.map(\.sequence).max()
        let isCut = query.after != nil && found.count == query.limit || query.before != nil
        let next = isCut ? last ?? query.after ?? newest : max(newest, last ?? 0)
        return EventList(events: found, next: next)
    }
}

extension EventQuery {
    fileprivate init(_ call: Call) throws(RoostError) {
        self.init()
        after = try call.number("after", 0...Int.max)
        before = try call.number("before", 0...Int.max)
        limit = try call.number("limit", 1...Self.limit) ?? limit
        if let pattern = call.query("kind") { kinds = try EventKind.matching(pattern, field: "kind") }
        if let text = call.query("subject") {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let kind = Event.Subject.Kind(rawValue: String(parts[0])) else {
                let known = Event.Subject.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "Unknown kind of subject '\(parts[0].prefix(40))'. Expected KIND or KIND:NAME, with one of: \(known).",
                    field: "subject"
                )
            }
            subjectKind = kind
            if parts.count > 1 { subjectName = String(parts[1]) }
        }
        pipeline = call.query("pipeline")
        if let pipeline { try Name.check(pipeline, what: "pipeline name", field: "pipeline") }
        since = try call.time("since")
    }
}

/// `GET /v1/events`.
public struct EventList: Sendable, Codable {
    public var events: [Event]
    /// The place from which to continue: the parameter `after` of the next request.
    public var next: Int

    public init(events: [Event], next: Int) {
        self.events = events
        self.next = next
    }
}

extension EventList: WireType {
    package static let schema = Schema.object(["events": .list(of: Event.self), "next": .integer(min: 0)])
}

extension Event: WireType {
    package static let schema = Schema.object(
        [
            "sequence": .integer(min: 0), "time": .time, "kind": .choice(of: EventKind.self),
            "subject": .reference(Subject.self), "message": .string(), "details": .map(.string()),
        ],
        optional: ["by": .string()]
    )
}

extension Event.Subject: WireType {
    package static let schema = Schema.object(["kind": .choice(of: Kind.self), "name": .string()])
}
