import Foundation
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Reading the log")
struct LogReaderTests {
    @Test("entries of all segments and of the buffer come newest first")
    func newestFirst() throws {
        try withLog({ $0.segmentBytes = 1 }) { log, folder in
            log.append(.fake("1"), .fake("2"))
            log.flush()
            log.append(.fake("3"))
            log.flush()
            log.append(.fake("4"))
            #expect(log.ids() == ["4", "3", "2", "1"])
            #expect(segments(in: folder).count == 3)
        }
    }

    @Test("a pipeline has only its own entries")
    func otherPipeline() throws {
        try withLog { log, _ in
            log.append(.fake("1"), to: "p")
            log.append(.fake("2"), to: "q")
            #expect(log.ids(of: "p") == ["1"])
            #expect(log.ids(of: "q") == ["2"])
            #expect(log.ids(of: "r").isEmpty)
        }
    }

    @Test(
        "a query returns the matching entries",
        arguments: [
            (LogQuery(), "fedcba"), (LogQuery(start: 300), "fedc"), (LogQuery(end: 300), "ba"),
            (LogQuery(start: 200, end: 400), "cb"), (LogQuery(start: 300, end: 300), ""),
            (LogQuery(model: "control"), "eca"), (LogQuery(model: "contro"), ""), (LogQuery(valid: false), "da"),
            (LogQuery(valid: true), "fecb"), (LogQuery(ids: ["b"]), "b"), (LogQuery(ids: ["x"]), ""),
            (LogQuery(ids: ["e", "b", "x"]), "eb"),
            (LogQuery(limit: 2), "fe"), (LogQuery(limit: 0), ""), (LogQuery(valid: false, limit: 1), "d"),
            (LogQuery(start: 200, end: 600, model: "control", valid: true, ids: ["c"], limit: 9), "c"),
            (LogQuery(model: "control", valid: false, ids: ["b"]), ""),
        ]
    )
    func filters(query: LogQuery, ids: String) throws {
        // Times count from a second ago: entries of a segment are older than the next segment, and hardly older than their own.
        let start = Segment.microsecondsNow() / 1000 - 1000
        var query = query
        query.start = query.start.map { $0 + start }
        query.end = query.end.map { $0 + start }
        let rows: [(id: String, time: Int64, model: String, isValid: Bool)] = [
            ("a", 100, "control", false), ("b", 200, "challenger", true), ("c", 300, "control", true),
            ("d", 400, "challenger", false), ("e", 500, "control", true), ("f", 600, "challenger", true),
        ]
        try withLog({ $0.segmentBytes = 400 }) { log, _ in
            for row in rows {
                log.append(
                    .fake(row.id, time: start + row.time, model: row.model, checkFailures: row.isValid ? nil : "[{}]")
                )
                log.flush()
            }
            #expect(log.ids(query).joined() == ids)
        }
    }

    @Test("the entries of one inference share an ID, and all are found by it")
    func sameID() throws {
        try withLog { log, _ in
            log.append(.fake("1", model: "a"), .fake("1", model: "b"))
            log.append(.fake("2"))
            #expect(log.ids(LogQuery(ids: ["1"])) == ["1", "1"])
            #expect(log.ids(LogQuery(model: "b", ids: ["1"])) == ["1"])
        }
    }

    @Test("entries are read on demand, even if retention deletes their file in the meantime")
    func cursor() throws {
        try withLog { log, folder in
            log.append(.fake("1"), .fake("2"), .fake("3"))
            var entries = log.entries(of: "p", LogQuery(limit: 2))
            var seen: [String] = []
            func take() -> Bool { entries.next { seen.append(String(decoding: $0, as: UTF8.self)) } }
            #expect(take())
            for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/p") {
                try FileManager.default.removeItem(atPath: folder + "/p/" + name)
            }
            #expect(take() && !take())
            #expect(seen.count == 2 && seen[0].contains(#""3""#) && seen[1].contains(#""2""#))
        }
    }

    @Test("an incomplete last line is skipped in any segment")
    func halfLine() throws {
        let half = #"{"time":9,"id":"half","valid":true,"model_na"#
        try withTemporaryFolder { folder in
            try writeSegment(entry("1", time: 1) + "\n" + half, start: 1_000, in: folder)
            try writeSegment(half, start: 2_000, in: folder)
            try writeSegment("", start: 3_000, in: folder)
            try writeSegment(entry("2", time: 4) + "\n" + entry("3", time: 5) + "\n" + half, start: 4_000, in: folder)
            let log = try InferenceLog(folder: folder, configuration: .manual())
            defer { log.close() }
            #expect(log.ids() == ["3", "2", "1"])
        }
    }

    @Test("after a restart, the server writes to a new segment")
    func restart() throws {
        try withTemporaryFolder { folder in
            for id in ["1", "2"] {
                let log = try InferenceLog(folder: folder, configuration: .manual())
                log.append(.fake(id))
                log.close()
            }
            #expect(segments(in: folder).count == 2)
            let log = try InferenceLog(folder: folder, configuration: .manual())
            defer { log.close() }
            #expect(log.ids() == ["2", "1"])
        }
    }

    @Test("files that are not segments and lines that are not entries are skipped")
    func strangers() throws {
        try withTemporaryFolder { folder in
            let text = ["", "[]", "{}", "x", "{\"time\":1}", entry("1", time: 1), "\u{0}"].joined(separator: "\n")
            try writeSegment(text + "\n", start: 1_000, in: folder)
            for name in ["notes.jsonl", "1.txt", ".jsonl"] {
                try entry(name, time: 1).appending("\n")
                    .write(toFile: "\(folder)/p/\(name)", atomically: false, encoding: .utf8)
            }
            let log = try InferenceLog(folder: folder, configuration: .manual())
            defer { log.close() }
            #expect(log.ids(LogQuery(model: "m")) == ["1"])
        }
    }

    /// The segments begin at 1,000, 2,000 and 3,000 s. An entry may be older than its segment, because it waited for the writer.
    @Test(
        "a time range finds all its entries across segments, including those that waited for the writer",
        arguments: [
            (LogQuery(start: 1_500_000), "edc"), (LogQuery(end: 2_000_000), "cba"),
            (LogQuery(start: 1_100_000, end: 2_999_980), "cb"), (LogQuery(start: 2_999_990), "ed"),
            (LogQuery(start: 3_000_000), "e"), (LogQuery(start: 4_000_000), ""), (LogQuery(end: 999_000), ""),
        ]
    )
    func timeRange(query: LogQuery, ids: String) throws {
        try withTemporaryFolder { folder in
            let entries: [(start: Int64, lines: [(id: String, time: Int64)])] = [
                (1_000, [("a", 999_990), ("b", 1_200_000)]), (2_000, [("c", 1_999_950)]),
                (3_000, [("d", 2_999_995), ("e", 3_500_000)]),
            ]
            for segment in entries {
                let text = segment.lines.map { entry($0.id, time: $0.time) + "\n" }.joined()
                try writeSegment(text, start: segment.start * 1_000_000, in: folder)
            }
            let log = try InferenceLog(folder: folder, configuration: .manual())
            defer { log.close() }
            #expect(log.ids(query).joined() == ids)
        }
    }
}
