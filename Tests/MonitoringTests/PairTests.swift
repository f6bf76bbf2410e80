import Definitions
import Encodings
import Foundation
import InferenceLog
import Pipelines
import Statistics
import TestSupport
import Testing

@testable import Monitoring

@Suite("Pairs of a champion and a challenger")
struct PairTests {
    private static let goal = GoalMetric(metric: "outputs[0][0] > 0.5")

    private static func scene(labels: LabelSettings? = nil, by key: String? = nil) throws -> Scene {
        let shadow = ShadowDeploy(champion: ModelReference(name: "a"), challengers: [ModelReference(name: "b")])
        return try Scene(
            [key.map { [.randomly([("a", 1), ("b", 1)], by: $0)] } ?? [.shadowDeploy(shadow)]],
            settings: MonitoringSettings(labels: labels)
        )
    }

    /// Returns the entries of a champion and a challenger.
    private static func pair(_ id: String, _ champion: Double?, _ challenger: Double?, at time: Int64 = 0) -> [Entry] {
        var (one, two) = (Entry(id, arm: "a", score: champion), Entry(id, arm: "b", score: challenger))
        (one.time, two.time) = (time, time)
        (one.experiment, two.experiment) = (nil, nil)
        two.role = "challenger"
        return [one, two]
    }

    private static func gather(
        _ scene: Scene,
        _ entries: [Entry],
        labels: [Label] = [],
        goal: GoalMetric = goal,
        excluding excluded: Set<UInt64> = []
    ) throws -> GatheredPairs.Challenger {
        var gatherer = ShadowGatherer(
            scene.subject,
            goal: PairedGoalSettings(metric: goal, isDeclared: true),
            excluding: excluded
        )
        return try scene.withLog(entries, labels: labels) { batches, table in
            try #require(gatherer.gather(batches, table).challengers.first)
        }
    }

    @Test("outcomes of 0 and 1 count once each, and only differences are evidence")
    func outcomes() throws {
        let entries =
            Self.pair("1", 0.2, 0.9) + Self.pair("2", 0.9, 0.9) + Self.pair("3", 0.9, 0.1) + Self.pair("4", 0.1, 0.8)
        let found = try Self.gather(Self.scene(), entries)
        let inputs = try #require(found.inputs)
        #expect(inputs.differences == [1, -1, 1])
        #expect(inputs.difference.count == 4 && inputs.champion.ones == 2 && inputs.challenger.ones == 3)
        #expect(found.counted == Set(["1", "2", "3", "4"].map { StableHash.hash($0) }))
        let comparison = try #require(found.comparison.goal)
        #expect(comparison.units == 4 && comparison.differing == 3)
        #expect(comparison.difference?.value == 0.25)
        // 1, then 1 − ½·1, then nothing is bet.
        #expect(comparison.better?.maximum == 1)
    }

    @Test("a challenger that fails has the worst outcome")
    func failures() throws {
        let entries = Self.pair("1", 0.9, nil) + Self.pair("2", 0.1, nil)
        let higher = try Self.gather(Self.scene(), entries).inputs
        #expect(higher?.differences == [-1])
        let lower = try Self.gather(
            Self.scene(),
            entries,
            goal: GoalMetric(metric: "outputs[0][0] > 0.5", better: .lower)
        )
        #expect(lower.inputs?.differences == [-1])
        #expect(lower.inputs?.challenger.ones == 2)
        let unbounded = try Self.gather(Self.scene(), entries, goal: GoalMetric(metric: "outputs[0][0]"))
        #expect(unbounded.inputs?.difference.count == 0)
        #expect(unbounded.comparison.goal?.evidenceProblem?.contains("'minimum'") == true)
    }

    @Test("labels count in the order in which they came, with their first value")
    func labels() throws {
        let scene = try Self.scene(labels: LabelSettings(kind: .class))
        let entries =
            Self.pair("1", 0.2, 0.9, at: 10) + Self.pair("2", 0.9, 0.2, at: 20) + Self.pair("3", 0.9, 0.2, at: 30)
        let labels = [
            Label(.id("2"), .one(.number(0)), time: 50),
            Label(.id("1"), .one(.number(0)), time: 60),
            Label(.id("2"), .one(.number(1)), time: 70),
        ]
        let found = try Self.gather(scene, entries, labels: labels, goal: GoalMetric(metric: "accuracy"))
        #expect(found.inputs?.differences == [1, -1])
        #expect(found.counted == Set(["1", "2"].map { StableHash.hash($0) }))
    }

    @Test("a unit counts once over all steps: with the first pair, and not after another step")
    func units() throws {
        let entries = Self.pair("1", 0.2, 0.9) + Self.pair("2", 0.2, 0.9) + Self.pair("3", 0.2, 0.9)
        let first = try Self.gather(Self.scene(), entries, excluding: [StableHash.hash("2")])
        #expect(first.inputs?.differences == [1, 1])
        #expect(first.counted == Set(["1", "3"].map { StableHash.hash($0) }))
        let again = try Self.gather(Self.scene(), entries, excluding: first.counted)
        #expect(again.counted == [StableHash.hash("2")])
        #expect(again.comparison.requests == 3)
    }

    @Test("with a hash key, the same unit is one in a step of pairs and in an experiment")
    func keys() throws {
        let scene = try Self.scene(by: "user")
        func keyed(_ id: String, _ user: UInt64, _ arm: String = "a") -> Entry {
            var entry = Entry(id, arm: arm, score: 0.9)
            (entry.unit, entry.keys) = (user * 100, ["user": user])
            return entry
        }
        var challengers = [Entry("1", arm: "b", score: 0.1), Entry("2", arm: "b", score: 0.1)]
        for index in challengers.indices { challengers[index].role = "challenger" }
        let pairs = try Self.gather(scene, [keyed("1", 7), challengers[0], keyed("2", 7), challengers[1]])
        #expect(pairs.inputs?.differences == [-1])
        #expect(pairs.counted == [7])

        let experiment = try #require(scene.subject.pipeline.version.experiment)
        var gatherer = ExperimentGatherer(
            scene.subject,
            experiment,
            newest: try #require(scene.subject.plans["v0"]),
            goal: try scene.metric(Self.goal),
            guardrails: [],
            excluding: pairs.counted
        )
        let entries = [keyed("3", 7), keyed("4", 8, "b"), keyed("5", 9)]
        let inputs = try scene.withLog(entries) { gatherer.gather($0, $1) }
        #expect(inputs.alreadyCounted == 1)
        #expect(inputs.arms.map(\.units) == [1, 1])
        #expect(inputs.batches.flatMap(\.outcomes).map(\.count).reduce(0, +) == 2)
    }

    @Test("the recorded inputs give the same evidence after they were stored")
    func stored() throws {
        var dice = Dice(state: 5)
        let goal = GoalMetric(metric: "outputs[0][0]", minimum: 0, maximum: 1)
        let entries = (0..<300).flatMap { index in
            Self.pair("\(index)", .random(in: 0...1, using: &dice), .random(in: 0.1...1, using: &dice))
        }
        let found = try Self.gather(Self.scene(), entries, goal: goal)
        let inputs = try #require(found.inputs)
        let stored = try JSONDecoder().decode(PairedInputs.self, from: JSONEncoder().encode(inputs))
        #expect(stored == inputs)
        #expect(stored.comparison(goal, isDeclared: true) == found.comparison.goal)
        #expect(stored.evidence == inputs.evidence && stored.evidence.better.logarithm > 0)
    }
}
