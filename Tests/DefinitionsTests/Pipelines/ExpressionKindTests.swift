import Testing

@testable import Definitions

@Suite("Types of expressions")
struct ExpressionKindTests {
    /// The outputs of `m` are a number, a string and a Boolean.
    private func check(_ text: String) throws {
        try Expression(parsing: text).kinds { element throws(RoostError) in
            switch element.tensor {
            case 0: .number
            case 1: .text
            default: .truth
            }
        }
    }

    @Test(
        "operands of the same type are accepted",
        arguments: [
            "m.outputs[0] < 1", "m.outputs[1] == \"a\"", "m.outputs[1] < \"b\"", "m.outputs[2]", "not m.outputs[2]",
            "m.outputs[2] == true", "m.outputs[2] != (m.outputs[0] < 1)", "m.outputs[2] and m.outputs[0] < 1",
            "-m.outputs[0] + 1 <= m.outputs[0] / 2", "true",
        ]
    )
    func allowed(text: String) throws {
        try check(text)
    }

    @Test(
        "operands of different types are rejected",
        arguments: [
            "m.outputs[0] == \"a\"", "m.outputs[1] < 1", "m.outputs[2] == 1", "m.outputs[2] < true",
            "m.outputs[1] + \"b\" == \"ab\"",
            "m.outputs[0] and true", "not m.outputs[0]", "not m.outputs[1]", "-m.outputs[1] < 1", "-m.outputs[2] < 1",
            "m.outputs[2] + 1 < 2", "m.outputs[0]", "m.outputs[1]", "m.outputs[0] + 1", "m.outputs[1] or true",
        ]
    )
    func refused(text: String) throws {
        #expect(throws: RoostError.self) { try check(text) }
    }

    @Test(
        "an error that does not depend on the models is found at once",
        arguments: [
            "1", "\"a\"", "1 + 2", "1 < \"a\"", "true < false", "true + 1 < 2", "not 1", "1 and 2", "-\"a\" == \"a\"",
            "-true",
            "1 < 2 and 3", "not m.outputs[0] + 1", "1 < not m.outputs[0]",
        ]
    )
    func refusedWithoutModels(text: String) {
        #expect(throws: RoostError.self) { try Expression(parsing: text) }
    }

    @Test("before the models are known, an element may have any type")
    func unknown() throws {
        for text in ["m.outputs[0]", "m.outputs[0] == \"a\"", "m.outputs[0] and m.outputs[1] < 1"] {
            _ = try Expression(parsing: text)
        }
    }

    @Test("the message names both types")
    func message() throws {
        let error = try #require(throws: RoostError.self) { try Expression(parsing: "1 < \"a\"") }
        #expect(error.message.contains("number") && error.message.contains("string"))
        #expect(error.field == "expression")
    }
}
