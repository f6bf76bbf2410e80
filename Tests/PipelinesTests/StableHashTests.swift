import Encodings
import Tensors
import TestSupport
import Testing

@testable import Definitions
@testable import Pipelines

/// The values were computed by an independent implementation of FNV-1a and fmix64. They must never change, or keys would move
/// to other models with a new release.
@Suite("Stable hash")
struct StableHashTests {
    @Test(
        "the hash of a string is the same in every release",
        arguments: [
            ("", 0xEFD0_1F60_BA99_2926), ("a", 0x82A2_A958_A9BE_CE5B), ("session-1", 0xF267_ABB3_2D45_0B1F),
            ("é😀", 0xFA39_08C9_7E90_A7AB), ("user:42", 0x9988_17BE_E671_8248),
        ] as [(String, UInt64)]
    )
    func pinned(text: String, hash: UInt64) {
        #expect(StableHash.hash(text) == hash)
    }

    @Test("a salt changes the hash")
    func salt() {
        #expect(StableHash.hash("a", salt: 7) == 0xB816_8726_4536_77DD)
        #expect(StableHash.hash("cc-split/0") == 0x9E28_A7B1_4672_2D22)
    }

    @Test("a fraction is at least 0 and less than 1")
    func fraction() {
        #expect(StableHash.fraction(0) == 0)
        #expect(StableHash.fraction(.max) < 1)
        #expect(StableHash.fraction(1 << 63) == 0.5)
    }
}

@Suite("Random splits")
struct RandomSplitTests {
    private let signature = Signature.floats(1)
    private let input = [Tensor.floats([[1]])]

    private func pipeline(
        _ weights: KeyValuePairs<String, Double>,
        by key: String?,
        named name: String = "cc-split"
    ) throws -> ExecutablePipeline {
        let shelf = Shelf(
            .fake("control", signature),
            .fake("challenger", signature),
            .fake("other", signature)
        )
        let plan = try PipelinePlan(
            pipeline: name,
            steps: [.split(weights, by: key)],
            validations: [],
            version: shelf.find
        )
        return ExecutablePipeline(plan, named: name, [:])
    }

    private func choice(_ pipeline: ExecutablePipeline, _ key: String?) throws -> String {
        try pipeline.run(input, keys: [key]).model.name
    }

    @Test("a key's model is the same in every release")
    func pinned() throws {
        let pipeline = try pipeline(["control": 2, "challenger": 1], by: "session_id")
        let chosen = try (0..<12).map { try choice(pipeline, "session-\($0)") }
        let challengers = chosen.indices.filter { chosen[$0] == "challenger" }
        #expect(challengers == [0, 4])
    }

    @Test("weights of 2 and 1 give two thirds of the keys to the first model")
    func distribution() throws {
        let pipeline = try pipeline(["control": 2, "challenger": 1], by: "session_id")
        var control = 0
        for index in 0..<30_000 where try choice(pipeline, "session-\(index)") == "control" { control += 1 }
        // Computed independently. Two thirds are 20,000, with a standard deviation of 82.
        #expect(control == 20_108)
    }

    @Test("a key always gets the same model in a pipeline, but may get another one in another pipeline")
    func sameKey() throws {
        let first = try pipeline(["control": 1, "challenger": 1], by: "k")
        let again = try pipeline(["control": 1, "challenger": 1], by: "k")
        let elsewhere = try pipeline(["control": 1, "challenger": 1], by: "k", named: "cc-other")
        var moved = 0
        for index in 0..<1000 {
            let model = try choice(first, "user-\(index)")
            #expect(try choice(first, "user-\(index)") == model)
            #expect(try choice(again, "user-\(index)") == model)
            if try choice(elsewhere, "user-\(index)") != model { moved += 1 }
        }
        #expect((400...600).contains(moved))
    }

    @Test("a model keeps its keys when its share grows")
    func growingShare() throws {
        let small = try pipeline(["challenger": 1, "control": 9], by: "k")
        let large = try pipeline(["challenger": 3, "control": 7], by: "k")
        for index in 0..<2000 where try choice(small, "user-\(index)") == "challenger" {
            #expect(try choice(large, "user-\(index)") == "challenger")
        }
    }

    @Test("without the key, the choice is random by weight")
    func withoutKey() throws {
        let pipeline = try pipeline(["control": 2, "challenger": 1], by: "k")
        var control = 0
        for _ in 0..<30_000 where try choice(pipeline, nil) == "control" { control += 1 }
        // Six standard deviations: fails once in 500 million runs.
        #expect((20_000 - 490...20_000 + 490).contains(control))
    }

    @Test("a model of weight 0 is never chosen, whatever its position")
    func zeroWeight() throws {
        for weights in [
            ["other": 0, "control": 1, "challenger": 1], ["control": 1, "other": 0, "challenger": 1],
            ["control": 0.1, "challenger": 0.2, "other": 0],
        ] as [KeyValuePairs<String, Double>] {
            let pipeline = try pipeline(weights, by: nil)
            for _ in 0..<3000 { #expect(try pipeline.run(input, keys: []).model.name != "other") }
        }
    }
}
