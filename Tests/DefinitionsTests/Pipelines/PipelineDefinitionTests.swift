import Foundation
import Testing

@testable import Definitions

@Suite("Pipeline definitions in JSON")
struct PipelineDefinitionTests {
    private func decode(_ json: String) throws -> PipelineDefinition {
        try JSONDecoder().decode(PipelineDefinition.self, from: Data(json.utf8))
    }

    @Test("only the name is required")
    func defaults() throws {
        #expect(try decode(#"{"name":"p"}"#) == PipelineDefinition(name: "p"))
        #expect(try decode(#"{"name":"p","workspace":null,"steps":null}"#) == PipelineDefinition(name: "p"))
        #expect(throws: DecodingError.self) { try decode("{}") }
    }

    @Test("all parts survive decoding and encoding")
    func roundTrip() throws {
        let definition = try decode(
            """
            {"name":"p","workspace":"w","steps":[{"model":"a"},{"model":"b@1"}],
             "validations":[{"name":"v","expression":"a.outputs[0][0] < 1"}]}
            """
        )
        #expect(definition.workspace == "w")
        #expect(definition.steps == [.model(.init(name: "a")), .model(.init(name: "b", version: "1"))])
        #expect(definition.validations == [Validation(name: "v", expression: "a.outputs[0][0] < 1")])
        let written = try JSONEncoder().encode(definition)
        #expect(try JSONDecoder().decode(PipelineDefinition.self, from: written) == definition)
    }

    @Test(
        "an unknown field is rejected",
        arguments: [
            #"{"name":"p","stepz":[]}"#, #"{"name":"p","Name":"q"}"#,
            #"{"name":"p","validations":[{"name":"v","expression":"true","level":1}]}"#,
            #"{"name":"p","steps":[{"model":"a","wait":1}]}"#,
        ]
    )
    func unknownField(json: String) {
        #expect(throws: DecodingError.self) { try decode(json) }
    }

    @Test("a validation needs a name and an expression", arguments: [#"{"name":"v"}"#, #"{"expression":"true"}"#])
    func validationFields(validation: String) {
        #expect(throws: DecodingError.self) { try decode(#"{"name":"p","validations":[\#(validation)]}"#) }
    }

    @Test("the models of a definition have no duplicates, in the order of the steps")
    func models() throws {
        let definition = try decode(
            """
            {"name":"p","steps":[{"model":"b"},{"shadow_deploy":{"champion":"a","challengers":["b","b@1"]}},
             {"model":"a"}]}
            """
        )
        #expect(definition.models.map(\.description) == ["b", "a", "b@1"])
    }
}
