import Foundation
import Testing

@testable import roost

@Suite("Output")
struct OutputTests {
    @Test(
        "text from outside cannot control the terminal",
        arguments: [
            ("plain\ttext\n", "plain\ttext\n"), ("é → 🙂", "é → 🙂"), ("\u{1B}[2J", #"\u001b[2J"#),
            ("50 %\r100 %\r\n", "50 %\n100 %\n"), ("a\u{7F}\u{9B}0m", #"a\u007f\u009b0m"#),
            ("a\u{202E}b\u{2066}", #"a\u202eb\u2066"#), ("\0", #"\u0000"#),
        ]
    )
    func visible(text: String, shown: String) {
        #expect(String(decoding: Output.visible(Data(text.utf8)), as: UTF8.self) == shown)
    }

    @Test(
        "a line is cut to the terminal's width",
        arguments: [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("a\tb\u{1B}c", 9, "a?b?c")]
    )
    func fit(line: String, width: Int, shown: String) { #expect(Output.fit(line, width) == shown) }

    @Test(
        "sizes have a binary unit",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"),
            (3 << 30, "3.0 GiB"), (1 << 50, "1024.0 TiB"),
        ]
    )
    func size(bytes: Int, text: String) { #expect(Output.size(bytes) == text) }

    @Test("times are in UTC, to the second")
    func time() {
        #expect(Output.time(Date(timeIntervalSince1970: 1_700_000_000.9)) == "2023-11-14 22:13:20")
    }
}
