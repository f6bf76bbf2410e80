import Foundation
import Testing

@testable import Definitions

@Suite("Experiment")
struct ExperimentTests {
    private func split(_ weights: [Double], key: String? = "user", names: [String]? = nil) -> [Step] {
        let models = weights.enumerated().map { index, weight in
            RandomSplit.Choice(model: ModelReference(name: names?[index] ?? "m\(index)", version: "1"), weight: weight)
        }
        return [.randomSplit(RandomSplit(models: models, hashKey: key))]
    }

    private func widths(_ intervals: [Experiment.Interval], _ count: Int) -> [Double] {
        var widths = [Double](repeating: 0, count: count)
        var start = 0.0
        for interval in intervals {
            widths[interval.choice] += interval.upTo - start
            start = interval.upTo
        }
        return widths
    }

    private func choice(_ fraction: Double, _ intervals: [Experiment.Interval]) -> Int {
        intervals.first { fraction < $0.upTo }?.choice ?? intervals[intervals.count - 1].choice
    }

    @Test("units move only from a choice that shrank to one that grew")
    func moves() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let count = Int.random(in: 2...5, using: &generator)
            func weights() -> [Double] { (0..<count).map { _ in Double(Int.random(in: 1...9, using: &generator)) } }
            var steps = split(weights())
            var experiment = try #require(Experiment.start(steps, id: "e", at: .distantPast))
            for _ in 0..<20 {
                let next = split(weights())
                let moved = try #require(experiment.continued(from: steps, with: next))
                guard case .randomSplit(let old) = steps[0], case .randomSplit(let new) = next[0] else { return }
                let before = Experiment.shares(of: old)
                let after = Experiment.shares(of: new)
                for (width, share) in zip(widths(moved.intervals, count), after) {
                    #expect(abs(width - share) < 1e-9)
                }
                #expect(zip(moved.intervals, moved.intervals.dropFirst()).allSatisfy { $0.upTo < $1.upTo })
                for step in 0..<1000 {
                    let fraction = (Double(step) + 0.5) / 1000
                    let from = choice(fraction, experiment.intervals)
                    let to = choice(fraction, moved.intervals)
                    guard from != to else { continue }
                    #expect(before[from] > after[from] && before[to] < after[to])
                }
                (steps, experiment) = (next, moved)
            }
        }
    }

    @Test("a ladder of weights leaves few intervals")
    func ladder() throws {
        var steps = split([1, 0])
        var experiment = try #require(Experiment.start(steps, id: "e", at: .distantPast))
        for percent in 1...99 {
            let next = split([Double(100 - percent), Double(percent)])
            experiment = try #require(experiment.continued(from: steps, with: next))
            steps = next
            #expect(experiment.intervals.count == 2)
        }
    }

    @Test("an experiment goes on only if nothing but the weights changes")
    func identity() throws {
        let steps = split([2, 1])
        let experiment = try #require(Experiment.start(steps, id: "e", at: .distantPast))
        #expect(experiment.continued(from: steps, with: split([1, 1]))?.id == "e")
        #expect(experiment.continued(from: steps, with: split([2, 1], key: "session")) == nil)
        #expect(experiment.continued(from: steps, with: split([2, 1], names: ["m0", "other"])) == nil)
        #expect(experiment.continued(from: steps, with: split([2, 1, 1])) == nil)
        let more = steps + [.model(ModelReference(name: "last"))]
        #expect(experiment.continued(from: steps, with: more) == nil)
        #expect(Experiment.start([.model(ModelReference(name: "m"))], id: "e", at: .distantPast) == nil)
    }

    @Test("the record keeps the salt exactly")
    func coding() throws {
        let steps = split([2, 1])
        let experiment = try #require(Experiment.start(steps, id: "e", at: .distantPast, salt: .max))
        let copy = try JSONDecoder().decode(Experiment.self, from: JSONEncoder().encode(experiment))
        #expect(copy == experiment)
    }
}
