import Foundation
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Following the log")
struct LogTailTests {
    private func ids(_ tail: LogTail) -> [String] {
        tail.entries.map { entry in
            (try? JSONSerialization.jsonObject(with: Data(entry)) as? [String: Any])?["id"] as? String ?? "?"
        }
    }

    @Test("entries follow each other across segments, without gaps and repetitions")
    func segments() throws {
        try withLog({ $0.segmentBytes = 500 }) { log, folder in
            for index in 0..<4 { log.append(.fake("\(index)")) }
            var tail = log.tail(of: "p", LogQuery(limit: 2))
            #expect(ids(tail) == ["2", "3"])
            var found: [String] = []
            for index in 4..<20 {
                log.append(.fake("\(index)"))
                // Sometimes several are new.
                guard index % 3 == 0 || index == 19 else { continue }
                tail = log.tail(of: "p", after: tail.next, LogQuery())
                found += ids(tail)
            }
            #expect(found == (4..<20).map(String.init))
            #expect(files(in: folder).count { $0.hasSuffix(".jsonl") } > 3)
            #expect(ids(log.tail(of: "p", after: tail.next, LogQuery())).isEmpty)
            #expect(ids(log.tail(of: "p", after: .start, LogQuery())) == (0..<20).map(String.init))
        }
    }

    @Test("a limit leaves the rest for the next call, also between entries that do not match")
    func limit() throws {
        try withLog { log, _ in
            for index in 0..<9 { log.append(.fake("\(index)", model: index % 2 == 0 ? "even" : "odd")) }
            var found: [String] = []
            var place = LogPosition.start
            while true {
                let tail = log.tail(of: "p", after: place, LogQuery(model: "odd", limit: 2))
                found += ids(tail)
                place = tail.next
                if !tail.hasMore { break }
            }
            #expect(found == ["1", "3", "5", "7"])
            #expect(ids(log.tail(of: "p", after: place, LogQuery())).isEmpty)
        }
    }

    @Test("a log that is empty, and one that retention has emptied, are followed")
    func empty() throws {
        try withLog({
            $0.segmentBytes = 100; $0.retentionBytes = 0
        }) { log, _ in
            let first = log.tail(of: "p", LogQuery())
            #expect(first.entries.isEmpty && first.next == .start)
            log.append(.fake("0"))
            let second = log.tail(of: "p", after: first.next, LogQuery())
            #expect(ids(second) == ["0"])
            log.append(.fake("1"))
            log.flush()
            log.applyRetention(at: Segment.microsecondsNow())
            #expect(ids(log.tail(of: "p", after: second.next, LogQuery())) == ["1"])
        }
    }

    @Test("a place in a segment that was written again without entries is its end")
    func deletion() throws {
        try withLog { log, _ in
            for index in 0..<3 { log.append(.fake("\(index)", input: .json(Array(#"{"k":"\#(index)"}"#.utf8)))) }
            let place = log.tail(of: "p", LogQuery()).next
            _ = try log.deleteEntries(of: "p", where: .input(name: "k", value: .text("1")))
            log.append(.fake("3"))
            #expect(ids(log.tail(of: "p", after: place, LogQuery())) == ["3"])
        }
    }

    @Test(
        "places that a client made up are harmless",
        arguments: ["0-0", "99999999999999999-5", "-5-3", "0-9223372036854775807"]
    )
    func places(text: String) throws {
        try withLog { log, _ in
            log.append(.fake("0"))
            let place = try #require(LogPosition(text))
            #expect(place.description == text)
            _ = log.tail(of: "p", after: place, LogQuery())
            let start = log.tail(of: "p", LogQuery()).next.segment
            for offset in [1, 7, 1000] {
                #expect(
                    log.tail(of: "p", after: LogPosition(segment: start, offset: offset), LogQuery()).entries.isEmpty
                )
            }
        }
    }

    @Test(
        "what is not a place is refused",
        arguments: ["", "5", "-", "1-", "-1", "x-1", "1-x", "1--1", "1-99999999999999999999"]
    )
    func refused(text: String) { #expect(LogPosition(text) == nil) }
}
