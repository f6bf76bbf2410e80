import Database
import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Events in the catalog")
struct EventTests {
    private func event(_ kind: EventKind = .jobCompleted, _ name: String = "j", at seconds: Double = 0) -> NewEvent {
        NewEvent(kind, on: .init(.job, name), "It has ended.", details: ["a": "b"], by: "ann", at: .at(seconds))
    }

    @Test("events are listed from either end, by kind, subject, pipeline and time")
    func queries() async throws {
        try await withCatalog { catalog, _ in
            for index in 1...5 { try await catalog.addEvent(event(at: Double(index))) }
            try await catalog.addEvent(
                NewEvent(.reportVerdict, on: .init(.report, "r"), "m", details: ["pipeline": "p"], at: .at(6))
            )
            func sequences(_ edit: (inout EventQuery) -> Void) async throws -> [Int] {
                var query = EventQuery()
                edit(&query)
                return try await catalog.events(query).map(\.sequence)
            }
            #expect(try await sequences { $0.limit = 2 } == [6, 5])
            #expect(try await sequences { $0.before = 3 } == [2, 1])
            #expect(try await sequences { $0.after = 4 } == [5, 6])
            let late = try await sequences { query in
                query.kinds = [.jobCompleted]
                query.since = .at(4)
            }
            #expect(late == [5, 4])
            #expect(try await sequences { $0.subjectKind = .job }.count == 5)
            #expect(try await sequences { $0.subjectName = "x" }.isEmpty)
            #expect(try await sequences { $0.pipeline = "p" } == [6])
            let first = try #require(try await catalog.events(EventQuery()).last)
            #expect(first.message == "It has ended." && first.by == "ann" && first.details == ["a": "b"])
            #expect(first.subject == .init(.job, "j") && first.time == .at(1))
        }
    }

    @Test("a row of an unknown kind does not break the list")
    func unknownKind() async throws {
        try await withCatalog { catalog, _ in
            for index in 1...3 { try await catalog.addEvent(event(at: Double(index))) }
            try await catalog.database.write { connection in
                try connection.execute("UPDATE event SET kind = 'comet.seen' WHERE sequence = 1")
                try connection.execute("UPDATE event SET subject_kind = 'comet' WHERE sequence = 2")
            }
            #expect(try await catalog.events(EventQuery()).map(\.sequence) == [3])
            #expect(try await catalog.eventCounts(after: 0).counts == [.jobCompleted: 2])
        }
    }

    @Test("old and surplus events are removed, and no sequence is used again")
    func retention() async throws {
        try await withCatalog { catalog, _ in
            for index in 1...10 { try await catalog.addEvent(event(at: Double(index))) }
            try await catalog.removeEvents(before: .at(3), allButNewest: 6)
            #expect(try await catalog.events(EventQuery()).map(\.sequence) == [10, 9, 8, 7, 6, 5])
            try await catalog.removeEvents(before: .at(100), allButNewest: 6)
            #expect(try await catalog.events(EventQuery()).isEmpty)
            #expect(try await catalog.newestEvent() == 10)
            try await catalog.addEvent(event(at: 1))
            #expect(try await catalog.events(EventQuery()).map(\.sequence) == [11])
        }
    }

    @Test("a deployment is told once, also if it is recorded before it is loaded and restored later")
    func deployments() async throws {
        try await withCatalog { catalog, _ in
            for model in ["m", "n"] {
                try await catalog.addModelVersion(.fake(model, .floats(1)))
                try await catalog.define("p", model)
            }
            let versions = try await catalog.pipelineVersions(of: "p").map(\.id)
            func set(_ version: String, _ deployed: Bool, tells: Bool = true) async throws {
                let kind: EventKind = deployed ? .pipelineDeployed : .pipelineUndeployed
                let event = NewEvent(kind, on: .init(.pipeline, "p"), version, at: .at(0))
                try await catalog.setDeployment(
                    of: "p",
                    version: version,
                    deployed: deployed,
                    at: .at(0),
                    event: tells ? event : nil
                )
            }
            try await set(versions[1], true, tells: false)
            for _ in 0..<2 { try await set(versions[1], true) }
            for _ in 0..<2 { try await set(versions[0], true) }
            for _ in 0..<2 { try await set(versions[0], false) }
            try await set(versions[0], true)
            let events = try await catalog.events(EventQuery()).reversed()
            #expect(events.map(\.message) == [versions[1], versions[0], versions[0], versions[0]])
            let kinds: [EventKind] = [.pipelineDeployed, .pipelineDeployed, .pipelineUndeployed, .pipelineDeployed]
            #expect(events.map(\.kind) == kinds)
        }
    }
}
