import Definitions
import Runtimes
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Pipelines

@Suite("Running a pipeline")
struct ExecutablePipelineTests {
    private func version(_ model: String, _ input: DataType, _ output: DataType, id: String? = nil) -> ModelVersion {
        .fake(
            model,
            Signature(
                inputs: [TensorSpec(name: "in", dataType: input, shape: [-1, 1])],
                outputs: [TensorSpec(name: "out", dataType: output, shape: [-1, 1])]
            ),
            id: id
        )
    }

    private func answering(_ tensor: Tensor, _ signature: Signature) -> FakeModel {
        FakeModel(signature) { _, _ throws(RuntimeError) in [tensor] }
    }

    @Test("the models are freed before the pipeline reports its release")
    func release() throws {
        let a = version("a", .fp32, .fp32)
        let plan = try Shelf(a).plan(.named("a"))
        let isFreed = Mutex<Bool?>(nil)
        func pipeline() -> ExecutablePipeline {
            let model = FakeModel(a.signature, answering: 0)
            weak let loaded = model
            let prepared = PreparedModel(version: a, loaded: model)
            return ExecutablePipeline(name: "p", versionID: "1", plan: plan, models: [prepared]) {
                isFreed.withLock { $0 = loaded == nil }
            }
        }
        var held: ExecutablePipeline? = pipeline()
        #expect(try held?.run([.floats([[1]])], keys: []) != nil)
        #expect(isFreed.withLock { $0 } == nil)
        held = nil
        #expect(isFreed.withLock { $0 } == true)
    }

    @Test("numbers are converted to the data type of the next step")
    func conversion() throws {
        let (a, b) = (version("a", .fp32, .fp64), version("b", .int64, .fp32))
        let plan = try Shelf(a, b).plan(.named("a"), .named("b"))
        let first = answering(Tensor(.fp64, shape: [2, 1], elements: [7, -3] as [Double]), a.signature)
        let second = FakeModel(b.signature, answering: 1)
        let outcome = try ExecutablePipeline(plan, ["a": first, "b": second]).run([.floats([[1], [2]])], keys: [])
        #expect(outcome.model.name == "b")
        let seen = try #require(second.seen.first?.first)
        #expect(seen.dataType == .int64 && seen.shape == [2, 1])
        #expect(seen.withElements(of: Int64.self) { Array($0) } == [7, -3])
    }

    @Test("a number that cannot be converted for the next step is the caller's error")
    func lossyConversion() throws {
        let (a, b) = (version("a", .fp32, .fp64), version("b", .int64, .fp32))
        let plan = try Shelf(a, b).plan(.named("a"), .named("b"))
        let first = answering(Tensor(.fp64, shape: [1, 1], elements: [0.5]), a.signature)
        let pipeline = ExecutablePipeline(plan, ["a": first])
        let error = try #require(throws: ExecutablePipeline.Failure.self) {
            try pipeline.run([.floats([[1]])], keys: [])
        }.error
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("INT64") && error.message.contains("'b'"))
    }

    @Test("a shape that does not fit the next step is an error")
    func shapeBetweenSteps() throws {
        let a = ModelVersion.fake(
            "a",
            Signature(
                inputs: [TensorSpec(name: "in", dataType: .fp32, shape: [-1, 1])],
                outputs: [TensorSpec(name: "out", dataType: .fp32, shape: [-1, -1])]
            )
        )
        let b = version("b", .fp32, .fp32)
        let pipeline = ExecutablePipeline(
            try Shelf(a, b).plan(.named("a"), .named("b")),
            ["a": answering(.floats([[1, 2]]), a.signature)]
        )
        let error = try #require(throws: ExecutablePipeline.Failure.self) {
            try pipeline.run([.floats([[1]])], keys: [])
        }.error
        #expect(error.message.contains("[1, 2]"))
    }

    @Test("the value of a key selects the model; other or missing values select the default")
    func keySplit() throws {
        let shelf = Shelf(version("a", .fp32, .fp32), version("b", .fp32, .fp32), version("c", .fp32, .fp32))
        let plan = try shelf.plan(.split(byKey: "country", ["de": "b", "fr": "c"], default: "a"))
        let pipeline = ExecutablePipeline(plan, [:])
        for (value, model) in [("de", "b"), ("fr", "c"), ("DE", "a"), ("", "a"), (nil, "a")] as [(String?, String)] {
            #expect(try pipeline.run([.floats([[1]])], keys: [value]).model.name == model)
        }
    }

    @Test("only the champion answers; its challengers are pending with the same inputs")
    func shadow() throws {
        let shelf = Shelf(version("a", .fp32, .fp32), version("b", .fp32, .fp32), version("c", .fp32, .fp32))
        let plan = try shelf.plan(
            .shadow("a", "c", "b"),
            validations: [
                Validation(name: "a", expression: "a.outputs[0][0] < 1"),
                Validation(name: "b", expression: "b.outputs[0][0] < 1"),
                Validation(name: "both", expression: "b.outputs[0][0] < a.outputs[0][0]"),
            ]
        )
        let signature = shelf.versions[0].signature
        let fakes = [
            "a": FakeModel(signature, answering: 1), "b": FakeModel(signature, answering: 2),
            "c": FakeModel(signature, answering: 3),
        ]
        let pipeline = ExecutablePipeline(plan, fakes)
        let input = [Tensor.floats([[5]])]
        let outcome = try pipeline.run(input, keys: [])
        #expect(outcome.model.name == "a" && outcome.outputs[0].floats == [1])
        #expect(text(outcome.checkFailures) == #"[{"False":{"expr":"a.outputs[0][0] < 1"}}]"#)
        #expect(outcome.shadows.map(\.name) == ["b", "c"])
        #expect(fakes["b"]?.seen.isEmpty == true)

        let (outputs, failures) = try pipeline.run(
            outcome.shadows[0],
            inputs: input,
            of: outcome,
            cancellation: .init()
        )
        #expect(outputs[0].floats == [2])
        #expect(fakes["b"]?.seen.first?.first?.floats == [5])
        #expect(
            text(failures)
                == #"[{"False":{"expr":"b.outputs[0][0] < 1"}},{"False":{"expr":"b.outputs[0][0] < a.outputs[0][0]"}}]"#
        )
        #expect(
            try pipeline.run(outcome.shadows[1], inputs: input, of: outcome, cancellation: .init()).checkFailures == nil
        )
    }

    @Test("a validation of a model that was not chosen is skipped")
    func otherBranch() throws {
        let shelf = Shelf(version("a", .fp32, .fp32), version("b", .fp32, .fp32))
        let plan = try shelf.plan(
            .split(byKey: "k", ["b": "b"], default: "a"),
            validations: [Validation(name: "v", expression: "b.outputs[0][0] > 1")]
        )
        let pipeline = ExecutablePipeline(plan, [:])
        #expect(try pipeline.run([.floats([[1]])], keys: [nil]).checkFailures == nil)
        #expect(try pipeline.run([.floats([[1]])], keys: ["b"]).checkFailures != nil)
    }

    @Test("tensors with different numbers of rows leave a validation undecided, which is a failure")
    func undecided() throws {
        let a = version("a", .fp32, .fp32)
        let plan = try Shelf(a).plan(
            .named("a"),
            validations: [Validation(name: "v", expression: "a.outputs[0][0] < inputs[0][0]")]
        )
        let pipeline = ExecutablePipeline(plan, ["a": answering(.floats([[1]]), a.signature)])
        let failures = text(try pipeline.run([.floats([[1], [2]])], keys: []).checkFailures)
        #expect(failures?.hasPrefix(#"[{"Error":{"expr":"a.outputs[0][0] < inputs[0][0]","message":"#) == true)
    }

    @Test(
        "a runtime's error becomes an error with the right code",
        arguments: [
            (RuntimeError.cancelled, RoostError.Code.timeout), (.runFailed(reason: "odd value"), .invalidInput),
            (.libraryNotFound(runtime: "onnx", tried: []), .internalError),
        ]
    )
    func errors(thrown: RuntimeError, code: RoostError.Code) throws {
        let a = version("a", .fp32, .fp32)
        let pipeline = ExecutablePipeline(
            try Shelf(a).plan(.named("a")),
            ["a": FakeModel(a.signature) { _, _ throws(RuntimeError) in throw thrown }]
        )
        let error = try #require(throws: ExecutablePipeline.Failure.self) {
            try pipeline.run([.floats([[1]])], keys: [])
        }.error
        #expect(error.code == code && error.message.contains("'a'"))
    }

    @Test("canceling a request cancels its models' runs")
    func cancellation() throws {
        let a = version("a", .fp32, .fp32)
        let fake = FakeModel(a.signature) { inputs, cancellation throws(RuntimeError) in
            if cancellation?.isCancelled == true { throw .cancelled }
            return inputs
        }
        let pipeline = ExecutablePipeline(try Shelf(a).plan(.named("a")), ["a": fake])
        let cancellation = RunCancellation()
        #expect(try pipeline.run([.floats([[1]])], keys: [], cancellation: cancellation).outputs[0].floats == [1])
        cancellation.cancel()
        #expect(throws: ExecutablePipeline.Failure.self) {
            try pipeline.run([.floats([[1]])], keys: [], cancellation: cancellation)
        }
    }
}
