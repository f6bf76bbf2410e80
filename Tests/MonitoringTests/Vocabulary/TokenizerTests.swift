import Definitions
import Testing

@testable import Monitoring

@Suite("Tokens of texts")
struct TokenizerTests {
    private static func tokens(_ text: String, _ kind: VocabularyRequest.Tokens = .words) -> [String] {
        var found: [String] = []
        Tokenizer(kind: kind).forEachToken(of: text) { found.append(String(decoding: $0, as: UTF8.self)) }
        return found
    }

    /// As Python's `re.sub` and `str.split` have them.
    @Test(
        "words are in lower case and without punctuation",
        arguments: [
            ("It's a GOOD film!", "its a good film"), ("well-made/shot", "well made shot"),
            (#"("[it]"; dog's, is: it?)."#, "it dogs is it"),
            ("one<br /><br />two<br/><br\t\n/>three", "one two three"),
            ("four<br />five", "four<br >five"), ("six<br /><br >", "six<br ><br >"), ("<br /", "<br"), ("<br", "<br"),
            ("a.<br />.<br />b", "a b"), ("- / .", ""), ("", ""), ("  ", ""), ("ÉCOLE Straße", "école straße"),
            ("<BR /><BR />x", "x"), ("<br /><br /><br />", "<br >"),
        ]
    )
    func words(text: String, expected: String) {
        #expect(Self.tokens(text).joined(separator: " ") == expected)
    }

    @Test("at white space only, tokens stay as they are")
    func whitespace() {
        #expect(
            Self.tokens(" It's\ta-b\r\nC\u{A0}d\u{2028}e\u{3000}f\u{1F}g\u{85}h\u{1680}i\u{205F}j ", .whitespace)
                == ["It's", "a-b", "C", "d", "e", "f", "g", "h", "i", "j"]
        )
        #expect(Self.tokens("a\u{200B}b \u{E000} é€", .whitespace) == ["a\u{200B}b", "\u{E000}", "é€"])
    }

    @Test("words that look the same but have other characters are different")
    func composed() throws {
        var counts = WordCounts(Tokenizer(kind: .words), field: "texts")
        try counts.add(.string("saut\u{E9} saute\u{301} SAUT\u{C9}"))
        #expect(counts.counts.count == 2)
        #expect(counts.tokens == 3)
    }

    @Test("of words that are as frequent, the first ones of the alphabet come first")
    func order() throws {
        var counts = WordCounts(Tokenizer(kind: .whitespace), field: "texts")
        try counts.add(.string("b a é z Z b"))
        try counts.add(.tokens(["c c", "c c"]))
        #expect(counts.ordered.map { String(decoding: $0.word, as: UTF8.self) } == ["b", "c c", "Z", "a", "z", "é"])
        #expect(counts.texts == 2)
    }
}
