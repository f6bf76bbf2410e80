import Catalog
import Definitions
import Foundation
import Logging
import TestSupport
import Testing

@testable import Events

@Suite("The log of events")
struct EventLogTests {
    private func withLog(_ body: (EventLog) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let log = EventLog(catalog: try Catalog(path: folder + "/roost.sqlite"), logger: Logger(label: "test"))
            try await log.prepare()
            try await body(log)
            log.close()
        }
    }

    private func following(_ kind: EventKind? = nil, after sequence: Int = 0) -> EventQuery {
        var query = EventQuery()
        query.after = sequence
        query.kinds = kind.map { [$0] }
        return query
    }

    @Test("a follower gets the events that are there, and else the next one that matches")
    func follow() async throws {
        try await withLog { log in
            await log.record(.jobCompleted, on: .init(.job, "a"), "m")
            let found = try await log.events(following(), waitingUpTo: .seconds(60))
            #expect(found.map(\.sequence) == [1])
            async let next = log.events(following(.jobFailed, after: 1), waitingUpTo: .seconds(60))
            await log.record(.jobCompleted, on: .init(.job, "b"), "m")
            await log.record(.jobFailed, on: .init(.job, "c"), "m", details: ["a": "b"], by: "ann")
            let event = try #require(try await next.first)
            #expect(event.sequence == 3 && event.subject.name == "c" && event.by == "ann")
        }
    }

    @Test("a follower waits no longer than it wants, and not for a server that stops")
    func limits() async throws {
        try await withLog { log in
            let none = try await log.events(following(), waitingUpTo: .milliseconds(1))
            async let waiting = log.events(following(), waitingUpTo: .seconds(600))
            log.endFollowing()
            let ended = try await waiting
            let afterwards = try await log.events(following(), waitingUpTo: .seconds(600))
            #expect(none.isEmpty && ended.isEmpty && afterwards.isEmpty)
        }
    }

    @Test("events are counted once, whoever asks at the same time")
    func counts() async throws {
        try await withLog { log in
            for _ in 0..<5 { await log.record(.jobCompleted, on: .init(.job, "a"), "m") }
            try await withThrowingTaskGroup(of: [EventKind: Int].self) { group in
                for _ in 0..<8 { group.addTask { try await log.counts() } }
                for try await counts in group { #expect(counts == [.jobCompleted: 5]) }
            }
            await log.record(.jobFailed, on: .init(.job, "a"), "m")
            try await log.prune()
            let counts = try await log.counts()
            #expect(counts == [.jobCompleted: 5, .jobFailed: 1])
        }
    }
}
