import Testing

@testable import Definitions

@Suite("Headers from outside")
struct HeaderValueTests {
    @Test(
        "values must not contain control characters",
        arguments: [
            ("text/csv; charset=utf-8", true), ("", true), ("a\tb", true), ("ü", true), ("a\r\nb: c", false),
            ("a\nb", false),
            ("a\rb", false), ("a\0b", false), ("a\u{7F}", false), ("\u{1B}[31m", false),
        ]
    )
    func values(value: String, isOne: Bool) { #expect(value.isHeaderValue == isOne) }

    @Test(
        "names must be tokens",
        arguments: [
            ("x-amz-meta-note", true), ("X_1.~", true), ("", false), ("a b", false), ("a:b", false), ("a\nb", false),
            ("ü", false),
        ]
    )
    func names(name: String, isOne: Bool) { #expect(name.isHeaderName == isOne) }
}
