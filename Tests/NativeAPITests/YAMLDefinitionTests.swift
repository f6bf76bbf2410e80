import Definitions
import Foundation
import Testing

@testable import NativeAPI

@Suite("Definitions in YAML")
struct YAMLDefinitionTests {
    private struct Sample: Decodable, Equatable {
        var whole: Int?
        var number: Double?
        var truth: Bool?
        var text: String?
        var texts: [String: String]?
        var list: [Double]?
    }

    private func decoded(_ yaml: String) throws -> Sample {
        try YAMLDefinition(yaml, of: "The body", field: "body").decode(Sample.self)
    }

    @Test("scalars have the same meaning as in JSON")
    func scalars() throws {
        #expect(try decoded("whole: 60").whole == 60)
        #expect(try decoded("number: -1.5e-3").number == -0.0015)
        #expect(try decoded("list: [1, 2.5, -0]").list == [1, 2.5, 0])
        #expect(try decoded("truth: true").truth == true)
        #expect(try decoded("whole: null\nnumber:\n") == Sample())
        #expect(try decoded(#"{"whole": 7, "text": "x"}"#) == Sample(whole: 7, text: "x"))
    }

    @Test("a number is taken as it is written where a string is expected")
    func numbersAsTexts() throws {
        #expect(try decoded("text: 2026").text == "2026")
        #expect(
            try decoded("texts: {eta: 0.10, rounds: 010, time: 1:30, on: yes, hex: 0x1F}").texts == [
                "eta": "0.10", "rounds": "010", "time": "1:30", "on": "yes", "hex": "0x1F",
            ]
        )
        #expect(
            try decoded("texts: {1: one, true: two, 1:30: three, yes: four}").texts == [
                "1": "one", "true": "two", "1:30": "three", "yes": "four",
            ]
        )
    }

    @Test(
        "only JSON's numbers and Booleans are accepted",
        arguments: [
            "whole: 1:1:1:1:1:1:1:1:1:1:1:1:1", "whole: 9999999999:0:0", "whole: 0x10", "whole: 0o17", "whole: 017",
            "whole: 0b1", "whole: 1_000", "whole: +5", "whole: '5'", "whole: !!str 5", "whole: !!int '5'",
            "whole: 9223372036854775808", "whole: 1.5", "number: .inf", "number: -.inf", "number: .nan",
            "number: 1:30.5", "number: .5", "number: 1e400", "number: 1_0.0", "number: ~", "truth: yes", "truth: On",
            "truth: True", "truth: 'true'", "truth: 1", "list: [.inf]",
        ]
    )
    func otherNumbers(yaml: String) {
        #expect(throws: RoostError.self) { try decoded(yaml) }
    }

    @Test("aliases, deep nesting and too many values are refused")
    func limits() {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let deeper = String(repeating: "[", count: 50_000)
        let dashes = "list:\n" + String(repeating: "- \n", count: 80_001)
        let flow = "list: [" + String(repeating: "1,", count: 80_001) + "1]"
        let long = "list: [" + String(repeating: "1, ", count: 30_000) + "1]"
        for (yaml, reason) in [
            ("list: &a [1]\ntexts: *a", "Aliases are not supported"), ("text: \(deep)", "64 levels"),
            ("text: \(deeper)", "not valid YAML"), (long, "20000 values"), ("", "is empty"),
            (dashes, "80000 commas"), (flow, "80000 commas"),
            ("text: " + String(repeating: "? ", count: 80_001), "80000 commas"),
            ("? [a]\n: b", "name is not a string"), ("whole: 1\nwhole: 2", "not valid YAML"),
            ("text: [", "not valid YAML"),
        ] {
            let error = #expect(throws: RoostError.self) { try decoded(yaml) }
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(error?.field == "body")
        }
    }

    @Test("options override the text")
    func options() throws {
        var definition = try YAMLDefinition("whole: 1\ntext: a", of: "'f'", field: "file")
        definition.set(["whole"], "2")
        definition.set(["text"], "null")
        definition.set(["texts", "yes"], "no")
        #expect(try definition.decode(Sample.self) == Sample(whole: 2, text: "null", texts: ["yes": "no"]))
        var empty = YAMLDefinition()
        empty.set(["texts", "a"], "b")
        #expect(try empty.decode(Sample.self) == Sample(texts: ["a": "b"]))
        #expect(try !YAMLDefinition("- a", of: "'f'", field: "file").hasFields)
    }
}
