import Definitions
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

@Suite("Pipeline plans")
struct PipelinePlanTests {
    private let a = ModelVersion.fake("a", .floats(2))
    private let b = ModelVersion.fake("b", .floats(2))
    private let wide = ModelVersion.fake("wide", .floats(3))
    /// Its input is the output of the others.
    private let after = ModelVersion.fake("after", .floats(1, input: "score", output: "final"))
    private let texts = ModelVersion.fake(
        "texts",
        Signature(
            inputs: [TensorSpec(name: "tensor", dataType: .bytes, shape: [-1, 2])],
            outputs: [TensorSpec(name: "label", dataType: .bytes, shape: [-1])]
        )
    )

    private var shelf: Shelf { Shelf(a, b, wide, after, texts) }

    @Test("a pipeline has the inputs of the first step and the outputs of the last")
    func ends() throws {
        let plan = try shelf.plan(.named("a"), .named("after"))
        #expect(plan.inputs == a.signature.inputs)
        #expect(plan.outputs == after.signature.outputs)
        #expect(plan.models == [a, after])
        #expect(plan.keys.isEmpty)
    }

    @Test("a model version in several steps is listed once")
    func modelsOnce() throws {
        let plan = try shelf.plan(
            .split(["a": 1, "b": 1], by: "k"),
            .split(byKey: "k", ["x": "after"], default: "after")
        )
        #expect(plan.models == [a, b, after])
        #expect(plan.keys == ["k"])
    }

    @Test("a pipeline without steps is rejected")
    func noSteps() throws {
        let error = try #require(throws: RoostError.self) { try shelf.plan() }
        #expect(error.field == "steps" && error.message.contains("'p'"))
    }

    @Test(
        "weights must be 0 or more, and at least one more than 0",
        arguments: [[-1, 2], [0, 0], [.nan, 1], [.infinity, 1], [-.infinity, 1], [-0.5, 0.5], [1e308, 1e308]]
            as [[Double]]
    )
    func weights(weights: [Double]) throws {
        let error = try #require(throws: RoostError.self) {
            try shelf.plan(.split(["a": weights[0], "b": weights[1]]))
        }
        #expect(error.code == .invalidInput && error.field == "weight")
    }

    @Test("a split, a key split and a shadow deploy need models")
    func emptySteps() {
        #expect(throws: RoostError.self) { try shelf.plan(.split([:])) }
        #expect(throws: RoostError.self) { try shelf.plan(.split(byKey: "k", [:], default: "a")) }
        #expect(throws: RoostError.self) { try shelf.plan(.shadow("a")) }
    }

    @Test("the error for an unknown model is passed on")
    func unknownModel() throws {
        let error = try #require(throws: RoostError.self) { try shelf.plan(.named("a"), .named("ghost")) }
        #expect(error.code == .notFound)
    }

    @Test(
        "a model that does not fit its inputs is rejected",
        arguments: [
            [Step.named("a"), .named("wide")], [.split(["a": 1, "wide": 1])], [.shadow("a", "wide")],
            [.split(byKey: "k", ["x": "wide"], default: "a")], [.named("texts"), .named("after")],
            [.split(["a": 1, "texts": 1])], [.named("a"), .named("texts")], [.shadow("texts", "a")],
        ]
    )
    func misfits(steps: [Step]) throws {
        let error = try #require(throws: RoostError.self) {
            try PipelinePlan(pipeline: "p", steps: steps, validations: [], version: shelf.find)
        }
        #expect(error.code == .invalidInput && error.field == "steps")
    }

    @Test("the models of a split must have the same outputs, but not those of a shadow deploy")
    func alike() throws {
        let two = ModelVersion.fake(
            "two",
            Signature(
                inputs: a.signature.inputs,
                outputs: a.signature.outputs + [TensorSpec(name: "x", dataType: .fp32, shape: [-1])]
            )
        )
        let shelf = Shelf(a, two)
        #expect(throws: RoostError.self) { try shelf.plan(.split(["a": 1, "two": 1])) }
        #expect(throws: RoostError.self) { try shelf.plan(.split(byKey: "k", ["x": "two"], default: "a")) }
        #expect(try shelf.plan(.shadow("a", "two")).outputs == a.signature.outputs)
    }

    @Test("a key must have 1 to 128 bytes", arguments: ["", String(repeating: "k", count: 129)])
    func keyLength(key: String) {
        #expect(throws: RoostError.self) { try shelf.plan(.split(["a": 1, "b": 1], by: key)) }
        #expect(throws: RoostError.self) { try shelf.plan(.split(byKey: key, ["x": "a"], default: "b")) }
    }

    @Test("a key cannot have the name of an input in any step")
    func keyNamedLikeInput() throws {
        #expect(throws: RoostError.self) { try shelf.plan(.split(["a": 1, "b": 1], by: "tensor")) }
        #expect(throws: RoostError.self) { try shelf.plan(.split(byKey: "tensor", ["x": "a"], default: "b")) }
        // A request cannot have both under the same name.
        #expect(throws: RoostError.self) { try shelf.plan(.named("a"), .split(["after": 1], by: "tensor")) }
        // Tensors between steps are not in the request.
        #expect(try shelf.plan(.named("a"), .split(["after": 1], by: "score")).keys == ["score"])
    }

    @Test("two versions of one model in a shadow deploy are distinguished by their version")
    func twoVersions() throws {
        let old = ModelVersion.fake("a", .floats(2), id: "old")
        let new = ModelVersion.fake("a", .floats(2), id: "new")
        let shelf = Shelf(old, new, b)
        func names(_ step: Step) throws -> [String] {
            guard case .shadow(_, let challengers, _) = try shelf.plan(step).steps[0] else { return [] }
            return challengers.map(\.name)
        }
        #expect(try names(.shadow("a@new", "a@old", "b")) == ["a@old", "b"])
        #expect(try names(.shadow("b", "a@old", "a@new")) == ["a@new", "a@old"])
        #expect(try names(.shadow("b", "a@new")) == ["a"])
        #expect(throws: RoostError.self) { try shelf.plan(.shadow("b", "a@new", "a@new")) }
    }

    @Test("inputs are mapped by name if all names are available, otherwise by position")
    func mapping() throws {
        func pair(_ model: String, _ names: [String], outputs: [String] = ["z"]) -> ModelVersion {
            .fake(
                model,
                Signature(
                    inputs: names.enumerated().map { TensorSpec(name: $1, dataType: .fp32, shape: [-1, $0 + 1]) },
                    outputs: outputs.enumerated().map { TensorSpec(name: $1, dataType: .fp32, shape: [-1, $0 + 1]) }
                )
            )
        }
        let first = pair("first", ["x"], outputs: ["p", "q"])
        let swapped = ModelVersion.fake(
            "swapped",
            Signature(
                inputs: [
                    TensorSpec(name: "q", dataType: .fp32, shape: [-1, 2]),
                    TensorSpec(name: "p", dataType: .fp32, shape: [-1, 1]),
                ],
                outputs: first.signature.outputs
            )
        )
        let positional = pair("positional", ["u", "v"])
        let shelf = Shelf(first, swapped, positional, pair("one", ["q"]), pair("three", ["u", "v", "w"]))
        func indices(_ model: String) throws -> [Int] {
            guard case .model(let branch) = try shelf.plan(.named("first"), .named(model)).steps[1] else { return [] }
            return branch.mapping.indices
        }
        #expect(try indices("swapped") == [1, 0])
        #expect(try indices("positional") == [0, 1])
        #expect(throws: RoostError.self) { try indices("one") }
        #expect(throws: RoostError.self) { try indices("three") }
    }

    @Test("a model gets its columns in its own order")
    func columns() throws {
        func model(_ name: String, _ columns: [String]?) -> ModelVersion {
            var signature = Signature.floats(2)
            signature.inputs[0].featureNames = columns
            return .fake(name, signature)
        }
        let shelf = Shelf(
            model("first", ["x", "y"]),
            model("swapped", ["y", "x"]),
            model("same", ["x", "y"]),
            model("nameless", nil),
            model("other", ["x", "z"])
        )
        for (name, expected) in [("swapped", [2, 1]), ("same", [1, 2]), ("nameless", [1, 2])] as [(String, [Float])] {
            let plan = try shelf.plan(.split(["first": 0, name: 1]))
            let fake = FakeModel(.floats(2), answering: 1)
            _ = try ExecutablePipeline(plan, [name: fake]).run([.floats([[1, 2]])], keys: [])
            #expect(fake.seen.last?[0].floats == expected, "\(name)")
        }
        let error = try #require(throws: RoostError.self) { try shelf.plan(.shadow("first", "other")) }
        #expect(error.message.contains("missing 'z'; unknown 'y'"), "\(error)")
    }

    @Test("an output that does not match its declared shape is not passed to the next model")
    func liars() throws {
        let liar = ModelVersion.fake("liar", .floats(2, output: "tensor"))
        let reader = ModelVersion.fake("reader", .floats(1))
        let plan = try Shelf(liar, reader).plan(.named("liar"), .named("reader"))
        let fake = FakeModel(liar.signature) { inputs, _ throws(RuntimeError) in
            [Tensor(.fp32, shape: [inputs[0].rowCount, 0], elements: [] as [Float])]
        }
        let pipeline = ExecutablePipeline(plan, ["liar": fake])
        let error = try #require(throws: ExecutablePipeline.Failure.self) {
            try pipeline.run([.floats([[1, 2]])], keys: [])
        }.error
        #expect(error.code == .invalidInput && error.message.contains("[1, 0]"), "\(error)")
    }
}
