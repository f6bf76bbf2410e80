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
}
