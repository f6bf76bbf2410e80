import Testing

@testable import roost

@Suite("Help")
struct HelpTests {
    @Test(
        "a misspelled word is recognized",
        arguments: [
            ("pipelne", "pipeline"), ("Pipeline", "pipeline"), ("lst", "list"), ("ilst", "list"), ("pipe", "pipeline"),
            ("nope", nil), ("", nil), ("l", nil), ("s", nil),
        ] as [(String, String?)]
    )
    func spelling(word: String, closest: String?) {
        #expect(Spelling.closest(to: word, among: ["list", "pipeline", "serve", "status"]) == closest)
    }

    @Test(
        "a swap of two letters is one change",
        arguments: [("ilst", 1), ("list", 0), ("", 4), ("lists", 1), ("tsil", 3)]
    )
    func distance(word: String, expected: Int) { #expect(Spelling.distance(word, "list") == expected) }

    @Test("the words before the first option lead to a subcommand")
    func path() {
        func unknown(_ line: String) -> String? {
            let found = UnknownSubcommand(in: line.split(separator: " ").map(String.init), of: Roost.self)
            return found.map { "\($0.path) \($0.word)" }
        }
        #expect(unknown("pipeline list") == nil)
        #expect(unknown("status nope") == nil)
        #expect(unknown("--url nope") == nil)
        #expect(unknown("pipeline --json nope") == nil)
        #expect(unknown("aws quotas gran") == "roost aws quotas gran")
        #expect(unknown("help modle") == "roost modle")
        #expect(unknown("") == nil)
    }

    @Test("a usage line is wrapped between options")
    func usage() {
        let text = "USAGE: roost infer [--url <url>] --key <key> <name> ...\n\nOPTIONS:"
        #expect(
            UsageLine.wrap(text, width: 40)
                == "USAGE: roost infer [--url <url>]\n         --key <key> <name> ...\n\nOPTIONS:"
        )
        #expect(UsageLine.wrap(text, width: 80) == text)
    }
}
