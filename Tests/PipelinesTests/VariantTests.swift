import Definitions
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

@Suite("Named models")
struct VariantTests {
    private let narrow = ModelVersion.fake("narrow", .floats(2, input: "x", output: "y"))
    private let wide = ModelVersion.fake("wide", .floats(5, input: "rows", output: "price"))

    private func split(_ choices: (name: String?, model: String, weight: Double)...) -> Step {
        .randomSplit(
            RandomSplit(
                models: choices.map { .init(model: ModelReference($0.model), weight: $0.weight, name: $0.name) }
            )
        )
    }

    @Test("only named choices may have different inputs")
    func differentInputs() throws {
        let shelf = Shelf(narrow, wide)
        let plan = try shelf.plan(split(("blue", "narrow", 1), ("green", "wide", 3)))
        #expect(plan.variants.map(\.name) == ["blue", "green"])
        #expect(plan.variants.map(\.inputNames) == [["x"], ["rows"]])
        #expect(!plan.isUniform)
        #expect(throws: RoostError.self) { try shelf.plan(split((nil, "narrow", 1), (nil, "wide", 3))) }
        let alike = try shelf.plan(split(("blue", "narrow", 1), ("green", "narrow", 3)))
        #expect(alike.isUniform && alike.models.count == 1)
    }

    @Test("names are allowed only for all models of a single step")
    func wrongNames() {
        let shelf = Shelf(narrow, wide)
        #expect(throws: RoostError.self) { try shelf.plan(split(("blue", "narrow", 1), (nil, "narrow", 1))) }
        #expect(throws: RoostError.self) { try shelf.plan(split(("no name", "narrow", 1))) }
        let after = ModelVersion.fake("after", .floats(1, input: "y"))
        #expect(throws: RoostError.self) {
            try Shelf(narrow, after).plan(split(("blue", "narrow", 1)), .named("after"))
        }
        let shadow = ShadowDeploy(
            champion: ModelReference("narrow"),
            challengers: [ModelReference("wide")],
            names: ["blue"]
        )
        #expect(throws: RoostError.self) { try shelf.plan(.shadowDeploy(shadow)) }
    }

    @Test("a variant gets requests in proportion to its weight, and none for weight 0")
    func weights() throws {
        let plan = try Shelf(narrow, wide).plan(split(("a", "narrow", 1), ("b", "wide", 3), ("c", "narrow", 0)))
        let pipeline = ExecutablePipeline(plan, [:])
        var counts = [0, 0, 0]
        for _ in 0..<20_000 { counts[try #require(pipeline.chooseVariant())] += 1 }
        // Five standard deviations.
        #expect(abs(counts[0] - 5000) < 310)
        #expect(counts[2] == 0)
        #expect(pipeline.chooseVariant(named: "c") == 2)
        #expect(pipeline.chooseVariant(named: "b") == 1)
        #expect(pipeline.chooseVariant(named: "d") == nil)
    }

    @Test("variants with the same name share its requests by weight")
    func sameName() throws {
        let step = split(("main", "narrow", 3), ("main", "wide", 1), ("other", "narrow", 96))
        let pipeline = ExecutablePipeline(try Shelf(narrow, wide).plan(step), [:])
        var counts = [0, 0, 0]
        for _ in 0..<20_000 { counts[try #require(pipeline.chooseVariant(named: "main"))] += 1 }
        #expect(abs(counts[1] - 5000) < 310)
        #expect(counts[2] == 0)
    }

    @Test("a variant's model gets the variant's inputs")
    func run() throws {
        let plan = try Shelf(narrow, wide).plan(split(("blue", "narrow", 1), ("green", "wide", 1)))
        let fake = FakeModel(wide.signature, answering: 7)
        let pipeline = ExecutablePipeline(plan, ["wide": fake])
        let outcome = try pipeline.run([.floats([[1, 2, 3, 4, 5]])], keys: [], variant: 1)
        #expect(outcome.variant == 1 && outcome.model.name == "wide")
        #expect(outcome.outputs[0].floats == [7])
        #expect(fake.seen.first?.first?.floats == [1, 2, 3, 4, 5])
    }

    @Test("a named challenger gets its share of the requests")
    func share() throws {
        let shadow = ShadowDeploy(
            champion: ModelReference("narrow"),
            challengers: [ModelReference("wide")],
            share: 0.25,
            names: ["blue", "green"]
        )
        let plan = try Shelf(narrow, wide).plan(.shadowDeploy(shadow))
        #expect(plan.variants.map(\.name) == ["blue"])
        #expect(plan.namedChallengers == ["green": 1])
        let pipeline = ExecutablePipeline(plan, [:])
        var count = 0
        for _ in 0..<4000 {
            let shadows = try pipeline.run([.floats([[1, 2]])], keys: [], variant: 0).shadows
            #expect(shadows.allSatisfy { $0.name == "green" && $0.model.name == "wide" })
            count += shadows.count
        }
        #expect(abs(count - 1000) < 140)
    }
}
