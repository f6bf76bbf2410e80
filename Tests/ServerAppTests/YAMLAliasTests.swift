import Testing

@testable import ServerApp

@Suite("Aliases in a definition")
struct YAMLAliasTests {
    @Test(
        "are found where a value may begin",
        arguments: [
            ("*a", true), ("  *a", true), ("x: *a", true), ("- *a", true), ("- - [1, *a]", true), ("{x:*a}", true),
            ("? *a", true),
            ("x:\r\n  *a", true), ("a: b * c", false), ("x: 2*3", false), ("x: * 3", false), ("x: '*'", false),
            ("*", false),
            ("", false), ("a *b", false),
        ]
    )
    func found(text: String, isOne: Bool) { #expect(ControlRoutes.Call.hasAlias(text.utf8) == isOne) }

    @Test("are looked for in one pass", .timeLimit(.minutes(1)))
    func long() {
        for piece in ["- ", "-", " ", "\n ", ": -", "[,"] {
            #expect(!ControlRoutes.Call.hasAlias(String(repeating: piece, count: (4 << 20) / piece.count).utf8))
        }
    }
}
