import Definitions
import Foundation
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

@Suite("What a run costs")
struct RunCostTests {
    private let signature = Signature.floats(1)

    /// Refuses the runs of the warm-up, and so counts as a model of 1 ms and 10 µs for each further row.
    private var refusing: FakeModel {
        FakeModel(signature) { _, _ throws(RuntimeError) in throw .runFailed(reason: "no zeros, please") }
    }

    @Test("rows past the first cost their share", arguments: [(0, 100), (1, 100), (2, 107), (1001, 7100)])
    func rows(rows: Int, nanoseconds: Int) {
        #expect(RunCost(oneRow: 100, perRow: 7000).nanoseconds(rows: rows) == nanoseconds)
    }

    @Test("a cost past what an integer holds is the highest, never a low one")
    func overflow() {
        #expect(RunCost(oneRow: 100, perRow: .max).nanoseconds(rows: 3) == .max)
        #expect(RunCost(oneRow: 100, perRow: .max / 2).nanoseconds(rows: 3) == .max)
        #expect(RunCost(oneRow: .max, perRow: 1).nanoseconds(rows: 2) == .max)
    }

    @Test("a pipeline costs as much as the costliest way through it")
    func pipeline() throws {
        let cheap = ModelVersion.fake("cheap", signature)
        let costly = ModelVersion.fake("costly", signature)
        let after = ModelVersion.fake("after", signature)
        let shelf = Shelf(cheap, costly, after)
        func cost(_ steps: Step..., rows: Int) throws -> Int {
            let plan = try PipelinePlan(pipeline: "p", steps: steps, validations: [], version: shelf.find)
            let fakes = ["cheap": FakeModel(signature, answering: 0), "costly": refusing, "after": refusing]
            return ExecutablePipeline(plan, fakes).estimatedCost(of: [.floats([[Float]](repeating: [0], count: rows))])
        }
        #expect(try cost(.named("costly"), rows: 1) == 1_000_000)
        #expect(try cost(.named("costly"), rows: 101) == 2_000_000)
        #expect(try cost(.split(["cheap": 1, "costly": 1]), rows: 1) == 1_000_000)
        #expect(try cost(.split(byKey: "k", ["x": "costly"], default: "cheap"), .named("after"), rows: 1) == 2_000_000)
        // Challengers run elsewhere.
        #expect(try cost(.shadow("cheap", "costly"), rows: 1) < 1_000_000)
    }

    @Test("a model is warmed up with zeros of its signature, one row and then many")
    func warmUp() {
        let signature = Signature(
            inputs: [
                TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2]),
                TensorSpec(name: "t", dataType: .bytes, shape: [-1, -1]),
            ],
            outputs: []
        )
        let fake = FakeModel(signature) { _, _ throws(RuntimeError) in [] }
        _ = PreparedModel(version: .fake("m", signature), loaded: fake)
        #expect(Set(fake.seen.map { $0.map(\.shape) }) == [[[1, 2], [1, 1]], [[32, 2], [32, 1]]])
        #expect(fake.seen[0][0].floats == [0, 0])
        #expect(fake.seen[0][1].string(at: 0) == "")
    }

    @Test("a model that does not end its first run in time counts as costly")
    func hanging() {
        let fake = FakeModel(signature) { _, cancellation throws(RuntimeError) in
            while cancellation?.isCancelled == false { sched_yield() }
            throw .cancelled
        }
        let prepared = PreparedModel(version: .fake("m", signature), loaded: fake, timeLimit: .milliseconds(10))
        #expect(prepared.cost == RunCost.unknown)
    }
}
