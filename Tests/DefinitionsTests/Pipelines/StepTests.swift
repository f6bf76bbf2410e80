import Foundation
import Testing

@testable import Definitions

@Suite("Steps in JSON")
struct StepTests {
    private func decode(_ json: String) throws -> Step { try JSONDecoder().decode(Step.self, from: Data(json.utf8)) }

    private static let a = ModelReference(name: "a")
    private static let b = ModelReference(name: "b", version: "7")

    @Test(
        "each kind is decoded, and encoded to the same JSON",
        arguments: [
            (#"{"model":"a"}"#, .model(a)), (#"{"model":"b@7"}"#, .model(b)),
            (
                #"{"random_split":{"models":[{"model":"a","weight":2},{"model":"b@7","weight":0.5}]}}"#,
                .randomSplit(RandomSplit(models: [.init(model: a, weight: 2), .init(model: b, weight: 0.5)]))
            ),
            (
                #"{"random_split":{"hash_key":"session","models":[{"model":"a","weight":1}]}}"#,
                .randomSplit(RandomSplit(models: [.init(model: a, weight: 1)], hashKey: "session"))
            ),
            (
                #"{"random_split":{"models":[{"model":"a","name":"blue","weight":1}]}}"#,
                .randomSplit(RandomSplit(models: [.init(model: a, weight: 1, name: "blue")]))
            ),
            (
                #"{"shadow_deploy":{"challengers":["b@7"],"champion":"a","names":["blue","green"],"share":0.5}}"#,
                .shadowDeploy(ShadowDeploy(champion: a, challengers: [b], share: 0.5, names: ["blue", "green"]))
            ),
            (
                #"{"key_split":{"default":"a","key":"country","models":{"de":"b@7"}}}"#,
                .keySplit(KeySplit(key: "country", defaultModel: a, models: ["de": b]))
            ),
            (
                #"{"shadow_deploy":{"challengers":["b@7"],"champion":"a"}}"#,
                .shadowDeploy(ShadowDeploy(champion: a, challengers: [b]))
            ),
        ] as [(String, Step)]
    )
    func kinds(json: String, step: Step) throws {
        #expect(try decode(json) == step)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(step), as: UTF8.self) == json)
    }

    @Test(
        "an error names an unknown field",
        arguments: [
            #"{"model":"a","wait":1}"#, #"{"wait":{}}"#,
            #"{"random_split":{"models":[{"model":"a","weight":1}],"wait":1}}"#,
            #"{"random_split":{"models":[{"model":"a","weight":1,"wait":1}]}}"#,
            #"{"key_split":{"default":"a","key":"k","models":{},"wait":1}}"#,
            #"{"shadow_deploy":{"champion":"a","challengers":["b"],"wait":null}}"#,
        ]
    )
    func unknownField(json: String) throws {
        let error = try #require(throws: DecodingError.self) { try decode(json) }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(context.debugDescription.contains("'wait'"))
    }

    @Test(
        "a step has exactly one kind",
        arguments: ["{}", #"{"model":"a","shadow_deploy":{"champion":"a","challengers":["b"]}}"#]
    )
    func oneKind(json: String) throws {
        let error = try #require(throws: DecodingError.self) { try decode(json) }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(context.debugDescription.contains("exactly one"))
    }

    @Test(
        "a field that is missing or has the wrong type is rejected",
        arguments: [
            #"{"model":1}"#, #"{"model":null}"#, #"{"model":{"name":"a"}}"#, #"{"random_split":{}}"#,
            #"{"random_split":{"models":[{"model":"a"}]}}"#, #"{"random_split":{"models":["a"]}}"#,
            #"{"random_split":{"models":[{"model":"a","weight":"1"}]}}"#, #"{"key_split":{"key":"k","models":{}}}"#,
            #"{"key_split":{"key":"k","default":"a","models":["a"]}}"#, #"{"shadow_deploy":{"champion":"a"}}"#, "[]",
            #""a""#,
        ]
    )
    func wrongType(json: String) {
        #expect(throws: DecodingError.self) { try decode(json) }
    }

    @Test("the models of a step have a fixed order, with the default model first")
    func models() throws {
        let split = try decode(#"{"key_split":{"key":"k","default":"a","models":{"y":"c","x":"b","z":"d"}}}"#)
        #expect(split.models.map(\.name) == ["a", "b", "c", "d"])
        let shadow = try decode(#"{"shadow_deploy":{"champion":"a","challengers":["c","b"]}}"#)
        #expect(shadow.models.map(\.name) == ["a", "c", "b"])
    }

    @Test("replacing the models of a step changes nothing else")
    func mapModels() throws {
        for json in [
            #"{"model":"a"}"#, #"{"random_split":{"hash_key":"h","models":[{"model":"a","weight":2}]}}"#,
            #"{"key_split":{"key":"k","default":"a","models":{"x":"b"}}}"#,
            #"{"shadow_deploy":{"champion":"a","challengers":["b"]}}"#,
        ] {
            let step = try decode(json)
            let pinned = step.mapModels { ModelReference(name: $0.name, version: "1") }
            #expect(pinned.models.allSatisfy { $0.version == "1" })
            #expect(pinned.mapModels { ModelReference(name: $0.name) } == step)
        }
    }
}
