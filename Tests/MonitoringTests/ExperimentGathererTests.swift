import Definitions
import Foundation
import InferenceLog
import TestSupport
import Testing

@testable import Monitoring

@Suite("Reading an experiment from the log")
struct ExperimentGathererTests {
    private static let goal = GoalMetric(metric: "outputs[0][0] > 0.5")

    private static func gather(
        _ scene: Scene,
        _ entries: [Entry],
        labels: [Label] = [],
        goal: GoalMetric = goal,
        guardrails: [GoalMetric] = []
    ) throws -> ExperimentInputs {
        let experiment = try #require(scene.subject.pipeline.version.experiment)
        let plan = try #require(scene.subject.plans["v0"])
        var gatherer = ExperimentGatherer(
            scene.subject,
            experiment,
            newest: plan,
            goal: try scene.metric(goal),
            guardrails: try guardrails.map(scene.metric)
        )
        return try scene.withLog(entries, labels: labels) { batches, table in
            gatherer.gather(batches, table)
        }
    }

    /// Returns entries of both arms with random scores, one second apart.
    private static func entries(_ count: Int, seed: UInt64 = 1) -> [Entry] {
        var dice = Dice(state: seed)
        return (0..<count).map { index in
            var entry = Entry(
                "i\(index)",
                arm: Bool.random(using: &dice) ? "a" : "b",
                score: Double.random(in: 0...1, using: &dice)
            )
            entry.time = Int64(index) * 1000
            return entry
        }
    }

    @Test("the sizes of the updates depend only on how many outcomes there were")
    func batchSizes() throws {
        let scene = try Scene.split([1, 1])
        func sizes(_ inputs: ExperimentInputs) -> [Int] {
            inputs.batches.map { batch in batch.outcomes.reduce(0) { $0 + $1.count } }
        }
        let one = sizes(try Self.gather(scene, Self.entries(2500)))
        #expect(one == sizes(try Self.gather(scene, Self.entries(2500, seed: 2))))
        #expect(one.reduce(0, +) == 2500 && one.prefix(99).allSatisfy { $0 == 1 } && one.count < 700)
        // The same size whatever the values are, and for what came before.
        let more = sizes(try Self.gather(scene, Self.entries(3000, seed: 3)))
        #expect(Array(more.prefix(one.count - 1)) == Array(one.dropLast()))
    }

    @Test("each entry counts with the weights of its version")
    func stages() throws {
        // The newest version first: 90/10, then 50/50, then 10/90, all of one experiment.
        let scene = try Scene.split([1, 9], [5, 5], [9, 1])
        var dice = Dice(state: 5)
        var entries = Self.entries(900)
        var expected: [[Double]: (units: [Int], ones: [Double])] = [:]
        let shares = [[0.1, 0.9], [0.5, 0.5], [0.9, 0.1]]
        for index in entries.indices {
            // Replicas may serve two versions at the same time.
            let version = index < 300 ? 2 : index < 600 ? Int.random(in: 1...2, using: &dice) : 0
            entries[index].version = "v\(version)"
            let arm = entries[index].arm == "a" ? 0 : 1
            let isOne = score(entries[index]) > 0.5
            expected[shares[version], default: ([0, 0], [0, 0])].units[arm] += 1
            if isOne { expected[shares[version]]?.ones[arm] += 1 }
        }
        let inputs = try Self.gather(scene, entries, guardrails: [GoalMetric(metric: "errors")])
        for (weights, found) in expected {
            let assigned = inputs.assignments.filter { $0.weights == weights }
            #expect((0..<2).map { arm in assigned.reduce(0) { $0 + $1.units[arm] } } == found.units)
            let batches = inputs.batches.filter { $0.weights == weights }
            #expect((0..<2).map { arm in batches.reduce(0) { $0 + $1.outcomes[arm].count } } == found.units)
            #expect((0..<2).map { arm in batches.reduce(0) { $0 + $1.outcomes[arm].sum } } == found.ones)
        }
        #expect(Set(inputs.batches.map(\.weights)) == Set(shares))
        // The interval is drawn from the current weights alone.
        #expect(inputs.arms.reduce(0) { $0 + $1.current.count } == 300)
        #expect(inputs.arms.map(\.share) == [0.1, 0.9])
    }

    private func score(_ entry: Entry) -> Double {
        let text = (entry.outputs ?? "").split(separator: "[")[1].split(separator: "]")[0]
        return Double(text) ?? .nan
    }

    @Test("a unit counts once, with its first outcome")
    func units() throws {
        let scene = try Scene.split([1, 1], by: "user")
        var entries = [("a", nil), ("a", 0.9), ("b", 0.1), ("a", 0.1), ("b", 0.9)].enumerated().map { index, pair in
            Entry("i\(index)", arm: pair.0, score: pair.1)
        }
        // The first unit fails at first, is then served well, and then badly, in the meantime by the other arm.
        for (index, unit) in [1, 1, 2, 1, 1].enumerated() { entries[index].unit = UInt64(unit) }
        let inputs = try Self.gather(scene, entries, guardrails: [GoalMetric(metric: "errors")])
        #expect(inputs.arms.map(\.requests) == [3, 2] && inputs.arms.map(\.units) == [1, 1])
        #expect(inputs.arms.map(\.goal.count) == [1, 1] && inputs.arms.map(\.goal.ones) == [1, 0])
        #expect(inputs.arms.map(\.failed) == [1, 0] && inputs.withoutOutcome == 1)
        // A guardrail counts the first request of a unit.
        #expect(inputs.arms.map { $0.guardrails[0].ones } == [1, 0])
        #expect(inputs.assignments.reduce(0) { $0 + $1.units.reduce(0, +) } == 2)
    }

    @Test("requests for a variant, other experiments and challengers are left out")
    func others() throws {
        let scene = try Scene.split([1, 1])
        var entries = Self.entries(4)
        entries[0].experiment = "other"
        entries[1].role = "challenger"
        entries[2].arm = "c"
        let inputs = try Self.gather(scene, entries)
        #expect(inputs.entries == 1)
    }

    @Test("an entry of a release that did not log experiments counts by its model, unless it needs a unit")
    func earlier() throws {
        var entries = Self.entries(10)
        for index in entries.indices { entries[index].experiment = nil }
        let inputs = try Self.gather(try .split([1, 1]), entries)
        #expect(inputs.entries == 10 && inputs.withoutUnit == 0 && inputs.batches.count == 10)
        let keyed = try Self.gather(try .split([1, 1], by: "user"), entries)
        #expect(keyed.entries == 0 && keyed.withoutUnit == 10)
    }

    @Test("labels enter in the order in which they came, and corrections change nothing")
    func labels() throws {
        let scene = try Scene.split([1, 1])
        var entries = Self.entries(50)
        for index in entries.indices { entries[index].time = 0 }
        var labels = entries.map { Label(.id($0.id), .one(.number(1)), time: 0) }.reversed() as [Label]
        for index in labels.indices { labels[index].time = Int64(index) * 10 }
        let goal = GoalMetric(metric: "label > 0.5")
        let inputs = try Self.gather(scene, entries, labels: labels, goal: goal)
        // The first label to come is that of the last entry.
        let arms = entries.reversed().map { $0.arm == "a" ? 0 : 1 }
        #expect(inputs.batches.map { batch in batch.outcomes[0].count == 1 ? 0 : 1 } == arms)
        #expect(inputs.batches.map(\.time) == labels.map(\.time))
        let corrections = labels.map { label in
            var label = label
            label.values = .one(.number(0))
            label.time += 1_000_000
            return label
        }
        #expect(try Self.gather(scene, entries, labels: labels + corrections, goal: goal) == inputs)
    }

    @Test("values outside of the range are clipped and counted, and huge ones have no outcome")
    func clipping() throws {
        let scene = try Scene.split([1, 1])
        let entries = [-1, 0, 5, 10, 11, 1e160].enumerated().map { Entry("i\($0)", score: $1) }
        let goal = GoalMetric(metric: "outputs[0][0] * 1", minimum: 0, maximum: 10)
        let inputs = try Self.gather(scene, entries, goal: goal)
        #expect(inputs.clipped == 2 && inputs.withoutOutcome == 1 && inputs.arms[0].goal.count == 5)
        #expect(inputs.batches.map { $0.outcomes[0].sum } == [0, 0, 0.5, 1, 1])
        let lower = GoalMetric(metric: "outputs[0][0] * 1", better: .lower, minimum: 0, maximum: 10)
        #expect(try Self.gather(scene, entries, goal: lower).batches.map { $0.outcomes[0].sum } == [1, 1, 0.5, 0, 0])
        // Without a range, it is shown and does not decide.
        let free = try Self.gather(scene, entries, goal: GoalMetric(metric: "outputs[0][0] * 1"))
        #expect(free.batches.isEmpty && free.arms[0].goal.count == 5)
    }

    @Test("what a report is computed from survives its encoding")
    func coding() throws {
        let scene = try Scene.split([1, 2])
        let entries = [-1e149, 1e149, 0.1, 3].enumerated().map { Entry("i\($0)", score: $1) }
        let goal = GoalMetric(metric: "outputs[0][0] * 1", minimum: 0, maximum: 1e308)
        let inputs = try Self.gather(scene, entries, goal: goal, guardrails: [GoalMetric(metric: "errors")])
        let data = try JSONEncoder().encode(inputs)
        #expect(try JSONDecoder().decode(ExperimentInputs.self, from: data) == inputs)
    }
}
