import Definitions
import Foundation
import Testing

@Suite("Lengths of time")
struct TimeSpanTests {
    @Test(
        "are written in their largest unit",
        arguments: [("0s", 0), ("90s", 90), ("60s", 60), ("1h", 3600), ("2d", 172_800), ("3w", 1_814_400)]
    )
    func texts(text: String, seconds: Int) throws {
        let span = try #require(TimeSpan(text))
        #expect(span.seconds == seconds)
        #expect(TimeSpan(span.description) == span)
    }

    @Test("are whole and not negative", arguments: ["", "s", "-1s", "1.5h", "10", "1y", "+1s", "٣s", "1 s"])
    func refused(text: String) { #expect(TimeSpan(text) == nil) }

    @Test("that are too long are as long as possible")
    func long() throws { #expect(TimeSpan("\(Int.max)w")?.seconds == .max) }
}
