import Foundation
import NativeAPI
import Testing

/// Outputs of results and log entries, as people read them.
@Suite("Output values")
struct OutputValuesTests {
    @Test(
        "Values have few digits, and integers have all of theirs",
        arguments: [
            ("[0.123456789]", "0.123457"),
            ("[3]", "3"),
            ("[9007199254740993]", "9007199254740993"),
            ("[18446744073709551615]", "18446744073709551615"),
            ("[1e30]", "1e+30"),
            ("[null]", "not finite"),
            ("[true, false]", "[true, false]"),
            ("[\"a\", \"b\"]", "[a, b]"),
            ("[1, 2, 3, 4]", "[1, 2, 3, … 1 more]"),
            ("[]", "[]"),
        ]
    )
    func text(data: String, text: String) throws {
        let json = "{\"Any\": {\"data\": \(data), \"dim\": [1]}}"
        #expect(try JSONDecoder().decode(OutputValues.self, from: Data(json.utf8)).text(limit: 3) == text)
    }

    @Test("Of many values only the first are read, and all are counted")
    func limit() throws {
        struct Entry: Decodable {
            let outputs: [OutputValues]

            private enum Key: CodingKey {
                case outputs
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                outputs = try container.decode([OutputValues].self, forKey: .outputs, configuration: 2)
            }
        }
        let json = "{\"outputs\": [{\"Float\": {\"data\": [1, 2, 3, 4], \"dim\": [4, 1]}}]}"
        let output = try #require(try JSONDecoder().decode(Entry.self, from: Data(json.utf8)).outputs.first)
        #expect(output.values == [.integer(1), .integer(2)])
        #expect(output.rowCount == 4)
        #expect(output.text(limit: 3) == "[1, 2, … 2 more]")
    }
}
