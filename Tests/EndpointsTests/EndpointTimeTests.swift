import Definitions
import Foundation
import Platform
import TestSupport
import Testing

@testable import Endpoints

/// What endpoints do at a certain time, by a clock that the test moves.
@Suite("Times of endpoints", .timeLimit(.minutes(1)))
struct EndpointTimeTests {
    private let clock = ManualClock()
    private let wall = WallClock()

    private func definition(_ model: String) -> EndpointDefinition {
        EndpointDefinition(
            workspace: Workspace.defaultName,
            variants: [.init(name: model, model: ModelReference(name: model), weight: 1)]
        )
    }

    private func change(_ model: String, _ plan: RolloutPlan) -> EndpointChange {
        EndpointChange(.definition(definition(model), plan), startedAt: wall.now)
    }

    /// Creates the endpoint `e` with the model `old`.
    private func create(in service: EndpointService) async throws {
        try await service.create("e", change("old", .immediate), in: Workspace.defaultName, note: nil)
        // The clock stands still, so this waits for the change.
        await service.settle("e", within: .seconds(1))
        #expect(try await record(service).status == .inService)
    }

    private func record(_ service: EndpointService) async throws -> EndpointRecord {
        try #require(try await service.entry(named: "e")).record
    }

    /// The share of the requests that the model `new` answers.
    private func share(_ service: EndpointService) async throws -> Double {
        let pipeline = try await service.platform.pipeline(named: "e")
        guard case .randomSplit(let split) = pipeline.version.steps.first else { return -1 }
        return split.models.reduce(0) { $0 + ($1.name == "new" ? $1.weight : 0) }
    }

    @Test("a roll-out waits for each step's time and then for the old variants' end")
    func rollout() async throws {
        try await withEndpoints(clock, wall) { service in
            try await create(in: service)
            let plan = RolloutPlan(
                stages: [.init(share: 0.25, bakingTime: .seconds(600)), .init(share: 1, bakingTime: .seconds(600))],
                terminationWait: .seconds(60)
            )
            try await service.change("e", change("new", plan))
            await clock.sleepers()
            #expect(try await share(service) == 0.25)
            clock.advance(by: .seconds(599))
            #expect(try await share(service) == 0.25)
            clock.advance(by: .seconds(1))
            await clock.sleepers()
            #expect(try await share(service) == 1)
            clock.advance(by: .seconds(659))
            #expect(try await record(service).status == .updating)
            clock.advance(by: .seconds(1))
            await service.settle("e", within: .seconds(1))
            let record = try await record(service)
            #expect(record.status == .inService)
            #expect(record.serving?.definition.variants.map(\.name) == ["new"])
        }
    }

    @Test("a change that an earlier server began is rolled back at its time limit")
    func timeLimit() async throws {
        try await withEndpoints(clock, wall) { service in
            try await create(in: service)
            let plan = RolloutPlan(
                stages: [.init(share: 0.5, bakingTime: .seconds(60)), .init(share: 1, bakingTime: .seconds(60))],
                timeLimit: .seconds(100)
            )
            let change = change("new", plan)
            wall.advance(by: 98)
            try await service.change("e", change)
            await clock.sleepers()
            clock.advance(by: .seconds(3))
            await service.settle("e", within: .seconds(1))
            let record = try await record(service)
            #expect(record.serving?.definition.variants.map(\.name) == ["old"])
            #expect(record.failureReason?.contains("longer than its limit of 100 s") == true)
        }
    }

    @Test("waiting for a change ends at its limit")
    func settling() async throws {
        try await withEndpoints(clock, wall) { service in
            try await create(in: service)
            try await service.change(
                "e",
                change(
                    "new",
                    RolloutPlan(stages: [
                        .init(share: 0.5, bakingTime: .seconds(600)), .init(share: 1, bakingTime: .seconds(600)),
                    ])
                )
            )
            await clock.sleepers()
            let waiting = Task { await service.settle("e", within: .seconds(2)) }
            await clock.sleepers(2)
            clock.advance(by: .seconds(2))
            await waiting.value
            #expect(try await record(service).status == .updating)
        }
    }
}
