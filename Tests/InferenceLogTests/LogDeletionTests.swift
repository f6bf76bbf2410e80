import Foundation
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Deleting entries of the log")
struct LogDeletionTests {
    private func entries() -> String {
        line(
            "0",
            facts: #","unit":"0000000000000001","keys":{"session_id":"00000000000000aa","user":"00000000000000bb"}"#
        )
            + line("1", facts: #","unit":"0000000000000002","keys":{"session_id":"00000000000000bb"}"#)
            + line("2", input: #"{"session_id":"abc","n":[[12]],"x":[[1,2]]}"#)
            + line("3", input: #"{"session_id":["abc"],"n":12.0}"#)
            + line("4", input: #"{"session_id":"abcd","n":[12,13]}"#)
            + line("5", input: #"{"x":{"session_id":"abc"},"n":"12"}"#)
            + line("6", input: #"{"n":[[9007199254740993]]}"#)
            + "garbage \"abc\"\n" + line("7", input: #"{"\u006e":[[0.1]],"session_id":"\u0061bc","m":[]}"#)
            + line("7", input: #"[{"session_id":"abc"}]"#)
            + line("8", input: #"{"t":[{"mark":1,"deep":{"mark":3}},[{"mark":4}],{"mark":[["two"]]}]}"#)
    }

    @Test(
        "the entries that match are deleted, and only they",
        arguments: [
            (LogCondition.key(name: "session_id", hash: 0xAA), ["0"]), (.key(name: "session_id", hash: 0xBB), ["1"]),
            (.key(name: "user", hash: 0xAA), []), (.units([1, 2, 3]), ["0", "1"]), (.units([]), []),
            (.input(name: "session_id", value: .text("abc")), ["2", "3", "7"]),
            (.input(name: "n", value: .integer(12)), ["2", "3"]), (.input(name: "n", value: .number(12)), ["2", "3"]),
            (.input(name: "n", value: .text("12")), ["5"]), (.input(name: "n", value: .number(0.1)), ["7"]),
            (.input(name: "n", value: .integer(9_007_199_254_740_992)), []),
            (.input(name: "n", value: .integer(9_007_199_254_740_993)), ["6"]),
            (.input(name: "m", value: .integer(0)), []), (.input(name: "mark", value: .integer(1)), ["8"]),
            (.input(name: "mark", value: .text("two")), ["8"]), (.input(name: "mark", value: .integer(3)), []),
            (.input(name: "mark", value: .integer(4)), []),
        ]
    )
    func matches(condition: LogCondition, ids: [String]) throws {
        try withSegments(entries()) { log, folder in
            let before = log.ids()
            _ = try log.batch()
            let outcome = try log.deleteEntries(of: "p", where: condition)
            #expect(outcome.ids == ids && outcome.count == ids.count)
            var expected = before
            for id in ids { expected.remove(at: expected.lastIndex(of: id) ?? 0) }
            #expect(log.ids() == expected)
            let batch = try log.batch()
            #expect((0..<batch.entryCount).reversed().map { batch.id(at: $0) } == expected)
            #expect(batch.skippedLines == 1)
            #expect(files(in: folder).count == 2)
        }
    }

    @Test("entries in closed segments, the open one and the buffer are deleted, and the log goes on")
    func everywhere() throws {
        try withTemporaryFolder { folder in
            let log = try InferenceLog(folder: folder, configuration: .manual { $0.segmentBytes = 500 })
            func record(_ id: String, _ key: String) -> InferenceRecord {
                .fake(id, input: .json(Array(#"{"key":"\#(key)"}"#.utf8)))
            }
            for index in 0..<10 {
                log.append(record("\(index)", index.isMultiple(of: 2) ? "even" : "odd"))
                log.flush()
            }
            log.append(record("10", "even"), record("10", "even"), record("11", "odd"))
            let readers = Array(log.batches(of: "p"))
            let outcome = try log.deleteEntries(of: "p", where: .input(name: "key", value: .text("even")))
            #expect(outcome.count == 7 && outcome.ids == ["0", "2", "4", "6", "8", "10"])
            log.append(record("12", "even"))
            #expect(log.ids() == ["12", "11", "9", "7", "5", "3", "1"])
            // What was opened before still has the entries.
            #expect(readers.flatMap { batch in (0..<batch.entryCount).map { batch.id(at: $0) } }.count == 13)
            log.close()
            let next = try InferenceLog(folder: folder, configuration: .manual())
            defer { next.close() }
            #expect(next.ids() == ["12", "11", "9", "7", "5", "3", "1"])
            #expect(next.batches(of: "p").reduce(0) { $0 + $1.entryCount } == 7)
            #expect(try next.deleteEntries(of: "p", where: .input(name: "key", value: .text("even"))).ids == ["12"])
            next.buildColumns()
            #expect(!files(in: folder).contains { $0.hasSuffix(".partial") })
        }
    }

    @Test("a segment without a match keeps its file, and no trace of a deleted entry is left")
    func traces() throws {
        let half = #"{"time":9,"id":"half secret","#
        try withSegments(line("a", input: #"{"k":"secret"}"#) + half, line("b", input: #"{"k":"other"}"#)) {
            log,
            folder in
            for batch in log.batches(of: "p") { _ = batch.entryCount }
            func inode(_ name: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: "\(folder)/p/\(name)")[.systemFileNumber] as? Int
            }
            let names = segments(in: folder)
            let inodes = try names.map(inode)
            #expect(try log.deleteEntries(of: "p", where: .input(name: "k", value: .text("secret"))).count == 1)
            #expect(try inode(names[0]) != inodes[0] && inode(names[1]) == inodes[1])
            for name in files(in: folder) {
                let data = try Data(contentsOf: URL(filePath: "\(folder)/p/\(name)"))
                #expect(data.range(of: Data("secret".utf8)) == nil)
            }
            #expect(log.ids() == ["b"])
        }
    }

    @Test("entries are written, read and deleted at the same time, and none of the others is lost")
    func threads() throws {
        try withLog({ $0.segmentBytes = 4000 }) { log, folder in
            let isEven = LogCondition.input(name: "even", value: .integer(1))
            DispatchQueue.concurrentPerform(iterations: 5) { thread in
                for index in 0..<60 {
                    switch thread {
                    case 0, 1:
                        let even = index.isMultiple(of: 2) ? 1 : 0
                        let input = InferenceRecord.Input.json(Array(#"{"even":\#(even)}"#.utf8))
                        log.append(.fake("\(thread)-\(index)", input: input), .fake("x", input: input))
                    case 2:
                        for batch in log.batches(of: "p") where !batch.rowRanges.isEmpty {
                            #expect(batch.value(.input("even"))?.isComplete == true)
                            #expect(!batch.id(at: batch.entryCount - 1).isEmpty)
                        }
                    case 3 where index.isMultiple(of: 10): _ = try? log.deleteEntries(of: "p", where: isEven)
                    case 4: log.buildColumns()
                    default: log.flush()
                    }
                }
            }
            _ = try log.deleteEntries(of: "p", where: isEven)
            let odd = [0, 1].flatMap { thread in stride(from: 1, to: 60, by: 2).map { "\(thread)-\($0)" } }
            #expect(log.ids().filter { $0 != "x" }.sorted() == odd.sorted() && log.ids().count == 2 * odd.count)
            #expect(log.batches(of: "p").reduce(0) { $0 + $1.entryCount } == 2 * odd.count)
            log.buildColumns()
            #expect(!files(in: folder).contains { $0.hasSuffix(".partial") })
        }
    }

    @Test("entries are not deleted from another pipeline")
    func otherPipeline() throws {
        try withLog { log, _ in
            let record = InferenceRecord.fake("1", input: .json(Array(#"{"k":1}"#.utf8)))
            log.append(record, to: "p")
            log.append(record, to: "q")
            let outcome = try log.deleteEntries(of: "p", where: .input(name: "k", value: .integer(1)))
            #expect(outcome.ids == ["1"])
            #expect(log.ids(of: "q") == ["1"] && log.ids(of: "p").isEmpty)
            let none = try log.deleteEntries(of: "none", where: .units([1]))
            #expect(none.count == 0)
        }
    }

    @Test("what is logged while entries are deleted is kept")
    func concurrency() async throws {
        try await withTemporaryFolder { folder in
            let log = try InferenceLog(folder: folder)
            defer { log.close() }
            let count = 400
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<count {
                        // Every second entry is deleted, so every deletion replaces a segment.
                        log.append(.fake("\(number)", input: .json(Array("{\"x\":\(number % 2)}".utf8))))
                        log.flush()
                    }
                }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<40 {
                            _ = try? log.deleteEntries(of: "p", where: .input(name: "x", value: .integer(1)))
                        }
                    }
                }
            }
            let kept = log.ids().compactMap { Int($0) }.filter { $0 % 2 == 0 }
            #expect(kept.count == count / 2 && log.counters().droppedWriteFailed == 0)
        }
    }
}
