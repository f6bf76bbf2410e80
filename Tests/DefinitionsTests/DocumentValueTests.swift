import Definitions
import Foundation
import Testing

/// Values of documents that the server does not interpret: what was written is kept.
@Suite("Document values")
struct DocumentValueTests {
    @Test(
        "A value is what was written",
        arguments: [
            ("null", DocumentValue.null),
            ("true", .boolean(true)),
            ("false", .boolean(false)),
            ("0", .integer(0)),
            ("-7", .integer(-7)),
            ("9007199254740993", .integer(9_007_199_254_740_993)),
            ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)),
            ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .number(18_446_744_073_709_551_616)),
            ("1e300", .number(1e300)),
            ("0.5", .number(0.5)),
            ("-2.5e-8", .number(-2.5e-8)),
            ("\"0.5\"", .string("0.5")),
            ("\"\"", .string("")),
            ("[]", .list([])),
            ("{}", .object([:])),
            (
                "[[1, \"a\"], {\"b\": [true, null]}]",
                .list([
                    .list([.integer(1), .string("a")]), .object(["b": .list([.boolean(true), .null])]),
                ])
            ),
        ]
    )
    func decoding(text: String, value: DocumentValue) throws {
        #expect(try JSONDecoder().decode(DocumentValue.self, from: Data(text.utf8)) == value)
        let written = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(DocumentValue.self, from: written) == value)
    }
}
