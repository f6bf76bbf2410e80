import Definitions
import Foundation
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

@Suite("Costs of runs")
struct RunCostTests {
    private let signature = Signature.floats(1)

    /// A model that rejects the runs of the warm-up, and so has the unknown cost: 1 ms, and 10 µs for each further row.
    private var refusing: FakeModel {
        FakeModel(signature) { _, _ throws(RuntimeError) in throw .runFailed(reason: "no zeros, please") }
    }

    @Test("the cost grows with each row after the first", arguments: [(0, 100), (1, 100), (2, 107), (1001, 7100)])
    func rows(rows: Int, nanoseconds: Int) {
        #expect(RunCost(oneRow: 100, perRow: 7000).nanoseconds(rows: rows) == nanoseconds)
    }

    @Test("a cost that overflows is the maximum")
    func overflow() {
        #expect(RunCost(oneRow: 100, perRow: .max).nanoseconds(rows: 3) == .max)
        #expect(RunCost(oneRow: 100, perRow: .max / 2).nanoseconds(rows: 4) == .max)
        #expect(RunCost(oneRow: .max, perRow: 1).nanoseconds(rows: 2) == .max)
    }

    @Test("a pipeline costs as much as its most expensive path")
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

    @Test("a model is warmed up with zeros, and with longer ones along each dynamic dimension")
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
        let shapes = Set(fake.seen.map { $0.map(\.shape) })
        #expect(shapes.isSuperset(of: [[[1, 2], [1, 1]], [[32, 2], [32, 1]], [[1, 2], [1, 32]]]))
        #expect(fake.seen[0][0].floats == [0, 0])
        #expect(fake.seen[0][1].string(at: 0) == "")
    }

    /// Returns a model that takes a microsecond for each number.
    private func busyModel(_ shape: [Int]) -> FakeModel {
        let signature = Signature(
            inputs: [TensorSpec(name: "x", dataType: .fp32, shape: shape)],
            outputs: [TensorSpec(name: "y", dataType: .fp32, shape: [1])]
        )
        return FakeModel(signature) { inputs, _ throws(RuntimeError) in
            let end = ContinuousClock.now + .microseconds(inputs[0].elementCount)
            while ContinuousClock.now < end {}
            return [inputs[0]]
        }
    }

    @Test(
        "a long input is costly, whichever dimension is dynamic",
        arguments: [[1, -1], [-1], [-1, 1], [1, 2, -1], [-1, -1]]
    )
    func freeDimension(shape: [Int]) throws {
        let fake = busyModel(shape)
        let version = ModelVersion.fake("m", fake.signature)
        let plan = try Shelf(version).plan(.named("m"))
        let pipeline = ExecutablePipeline(plan, ["m": fake])
        let index = try #require(shape.lastIndex(of: -1))
        let long = shape.enumerated().map { $0 == index ? 4000 : max($1, 1) }
        let short = shape.map { max($0, 1) }
        let count = long.reduce(1, *)
        let tensor = Tensor(.fp32, shape: long, elements: [Float](repeating: 0, count: count))
        #expect(pipeline.estimatedCost(of: [tensor]) > RunCost.eventLoopNanoseconds)
        let small = Tensor(.fp32, shape: short, elements: [Float](repeating: 0, count: short.reduce(1, *)))
        #expect(pipeline.estimatedCost(of: [small]) < RunCost.eventLoopNanoseconds)
    }

    @Test("the total size of the inputs of a warm-up run is limited")
    func manyLargeInputs() {
        let specs = (0..<100).map { TensorSpec(name: "x\($0)", dataType: .fp32, shape: [1, 1 << 20]) }
        let signature = Signature(inputs: specs, outputs: [])
        let fake = FakeModel(signature) { _, _ throws(RuntimeError) in [] }
        #expect(RunCost.measure(fake) == .unknown)
        #expect(fake.seen.isEmpty)
    }

    @Test("a model that does not finish its first run in time counts as costly")
    func hanging() {
        let fake = FakeModel(signature) { _, cancellation throws(RuntimeError) in
            while cancellation?.isCancelled == false { sched_yield() }
            throw .cancelled
        }
        let prepared = PreparedModel(version: .fake("m", signature), loaded: fake, timeLimit: .milliseconds(10))
        #expect(prepared.cost == RunCost.unknown)
    }
}

@Suite("Durations of runs")
struct RunHistoryTests {
    private let slow = 50_000_000
    private let cheap = 2000

    @Test("after a long run, runs of its size or larger count as costly, but not smaller ones")
    func learns() {
        let history = RunHistory()
        #expect(!history.cares(about: cheap) && history.cares(about: slow))
        history.note(rows: 1000, nanoseconds: slow)
        #expect(history.nanoseconds(rows: 1000) > RunCost.eventLoopNanoseconds)
        #expect(history.nanoseconds(rows: .max) > RunCost.eventLoopNanoseconds)
        #expect(history.nanoseconds(rows: 100) == 0)
    }

    @Test("a single delayed run is forgotten")
    func forgets() {
        let history = RunHistory()
        history.note(rows: 1, nanoseconds: 5_000_000)
        for _ in 0..<20 { history.note(rows: 1, nanoseconds: cheap) }
        #expect(history.nanoseconds(rows: 1) <= RunCost.eventLoopNanoseconds)
    }

    @Test("cheap runs are not recorded")
    func cheapRuns() {
        let history = RunHistory()
        for rows in [0, 1, 7, .max] { history.note(rows: rows, nanoseconds: cheap) }
        #expect(!history.cares(about: cheap))
    }

    @Test("a pipeline records the durations of its models' runs, including failed ones")
    func pipeline() throws {
        let signature = Signature.floats(1)
        let version = ModelVersion.fake("m", signature)
        let fake = FakeModel(signature) { inputs, _ throws(RuntimeError) in
            guard inputs[0].rowCount > 1000 else { return [inputs[0]] }
            let end = ContinuousClock.now + .milliseconds(5)
            while ContinuousClock.now < end {}
            throw .runFailed(reason: "too many")
        }
        let pipeline = ExecutablePipeline(try Shelf(version).plan(.named("m")), ["m": fake])
        let inputs = [Tensor.floats([[Float]](repeating: [0], count: 1025))]
        #expect(pipeline.estimatedCost(of: inputs) <= RunCost.eventLoopNanoseconds)
        _ = try? pipeline.run(inputs, keys: [])
        #expect(pipeline.estimatedCost(of: inputs) > RunCost.eventLoopNanoseconds)
    }
}
