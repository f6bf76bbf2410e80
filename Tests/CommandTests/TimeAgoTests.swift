import Foundation
import Testing

@testable import roost

@Suite("Times on the command line")
struct TimeAgoTests {
    @Test("a time is how long ago it was, RFC 3339, or a day")
    func times() {
        #expect(TimeAgo("10m") == .ago(seconds: 600))
        #expect(TimeAgo("2w") == .ago(seconds: 1_209_600))
        #expect(TimeAgo("7d")?.date(before: Date(timeIntervalSince1970: 604_800)).timeIntervalSince1970 == 0)
        #expect(TimeAgo("1970-01-01T00:00:01Z") == .time(Date(timeIntervalSince1970: 1)))
        #expect(TimeAgo("1970-01-01T02:00:00+02:00") == .time(Date(timeIntervalSince1970: 0)))
        #expect(TimeAgo("1970-01-02") == .time(Date(timeIntervalSince1970: 86_400)))
        // As long ago as a number can say.
        #expect(TimeAgo("\(Int.max)d")?.date(before: Date()) != nil)
    }

    @Test(
        "anything else is refused",
        arguments: ["", "m", "-1m", "1.5h", "10", "10 m", "99999999999999999999s", "yesterday", "2026-13-01"]
    )
    func refused(text: String) {
        #expect(TimeAgo(text) == nil)
        #expect(throws: (any Error).self) { try TimeAgo.date(text) }
    }

    @Test("the log also takes milliseconds since the epoch")
    func milliseconds() throws {
        #expect(try TimeAgo.logDate("1500") == Date(timeIntervalSince1970: 1.5))
        #expect(try TimeAgo.logDate("\(Int64.max)").timeIntervalSince1970 > 0)
        #expect(throws: (any Error).self) { try TimeAgo.logDate("now") }
    }
}
