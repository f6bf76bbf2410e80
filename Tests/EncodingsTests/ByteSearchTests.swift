import Testing

@testable import Encodings

@Suite("Searches by bytes")
struct ByteSearchTests {
    @Test(
        "all occurrences are replaced, also where Swift sees other characters",
        arguments: [
            ("a\r\nb\n", "\n", "|", "a\r|b|"),
            ("it's'\u{301}", "'", "\"", "it\"s\"\u{301}"),
            ("aaa", "aa", "b", "ba"),
            ("abc", "abcd", "x", "abc"),
            ("", "a", "b", ""),
            ("/tmp/x/tmp/x", "/tmp/x", "", ""),
            ("aab", "ab", "c", "ac"),
        ]
    )
    func replacing(text: String, part: String, other: String, result: String) {
        #expect(text.replacingBytes(of: part, with: other).utf8.elementsEqual(result.utf8))
    }

    @Test(
        "bytes are found",
        arguments: [
            ("a\r\n", "\n", true), ("é", "\u{301}", false), ("abc", "", true), ("", "", true), ("", "a", false),
            ("ab", "b", true),
        ]
    )
    func containing(text: String, part: String, isThere: Bool) {
        #expect(text.containsBytes(of: part) == isThere)
    }

    @Test(
        "a path is divided as the file system divides it",
        arguments: [("a/b", ["a", "b"]), ("//a//", ["a"]), ("", []), ("../\u{301}a", ["..", "\u{301}a"])]
    )
    func path(path: String, parts: [String]) {
        #expect(path.pathParts == parts)
    }
}
