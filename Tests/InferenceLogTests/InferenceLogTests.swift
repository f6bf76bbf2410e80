import Foundation
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Writing the log")
struct InferenceLogTests {
    @Test("closing the log writes all appended entries")
    func close() throws {
        try withTemporaryFolder { folder in
            let log = try InferenceLog(folder: folder, configuration: .manual())
            log.append(.fake("1"), .fake("2"))
            log.close()
            let counters = log.counters()
            #expect(counters.accepted == 2 && counters.logged == 2 && counters.bufferedBytes == 0)
            let name = try #require(segments(in: folder).first)
            let text = try String(contentsOfFile: "\(folder)/p/\(name)", encoding: .utf8)
            #expect(text.hasSuffix("}\n"))
            #expect(text.split(separator: "\n").count == 2)
        }
    }

    @Test("a segment is appended to until it is closed at its maximum size")
    func rotationBySize() throws {
        try withLog { log, folder in
            for index in 0..<3 {
                log.append(.fake("\(index)"))
                log.flush()
            }
            #expect(segments(in: folder).count == 1)
        }
        try withLog({ $0.segmentBytes = 500 }) { log, folder in
            for index in 0..<9 {
                log.append(.fake("\(index)"))
                log.flush()
            }
            // An entry has slightly more than 200 bytes, so three of them close a segment.
            #expect(segments(in: folder).count == 3)
            #expect(log.ids().count == 9)
        }
    }

    @Test("a segment is closed at its maximum age")
    func rotationByAge() throws {
        func configure(_ configuration: inout InferenceLog.Configuration) {
            configuration.segmentAge = .seconds(60)
            // Only the test writes, with its own times.
            configuration.flushInterval = .seconds(3600)
        }
        try withLog(configure) { log, folder in
            for second in [0, 59, 60, 61, 120] {
                log.append(.fake("\(second)"))
                log.flush(at: Int64(second) * 1_000_000)
            }
            #expect(segments(in: folder).count == 3)
        }
    }

    @Test("retention by size deletes the oldest segments until the rest fits")
    func retentionBySize() throws {
        try withLog({ $0.segmentBytes = 1 }) { log, folder in
            for index in 0..<5 {
                log.append(.fake("\(index)"))
                log.flush()
            }
            let names = segments(in: folder)
            log.applyRetention(at: Segment.microsecondsNow())
            #expect(segments(in: folder) == names)
        }
        for (kept, ids) in [(2, ["4", "3"]), (4, ["4", "3", "2", "1"])] {
            var (openBytes, closedBytes) = (0, 0)
            try withLog({ $0.segmentBytes = 1 }) { log, folder in
                for index in 0..<2 {
                    log.append(.fake("\(index)"))
                    log.flush()
                }
                log.buildColumns()
                openBytes = log.lines()[0].utf8.count + 1
                closedBytes = Segment.all(in: folder + "/p")[0].totalBytes
            }
            try withLog({
                $0.segmentBytes = 1
                $0.retentionBytes = openBytes + closedBytes * (kept - 1)
            }) { log, folder in
                for index in 0..<5 {
                    log.append(.fake("\(index)"))
                    log.flush()
                }
                log.buildColumns()
                log.applyRetention(at: Segment.microsecondsNow())
                #expect(log.ids() == ids)
                #expect(segments(in: folder).count == kept)
            }
        }
    }

    @Test("retention counts column files, and deletes them with their segments")
    func retentionOfColumns() throws {
        try withSegments(line("0"), line("1"), line("2")) { log, folder in
            for batch in log.batches(of: "p") { _ = batch.entryCount }
            let sizes = try files(in: folder).map { name in
                try FileManager.default.attributesOfItem(atPath: "\(folder)/p/\(name)")[.size] as? Int ?? 0
            }
            #expect(sizes.count == 6)
            let total = sizes.reduce(0, +)
            for (limit, kept) in [(total, 3), (total - 1, 2), (total * 2 / 3 - 1, 1)] {
                let other = try InferenceLog(folder: folder, configuration: .manual { $0.retentionBytes = limit })
                other.close()
                other.applyRetention(at: 3_600_000_000)
                let left = files(in: folder).filter { $0 != "deleted-until" }
                #expect(segments(in: folder).count == kept && left.count == 2 * kept)
                // Reports ask whether their log is complete.
                #expect((other.deletedUntil(of: "p") == nil) == (kept == 3))
            }
        }
    }

    @Test("retention by age deletes closed segments")
    func retentionByAge() throws {
        try withTemporaryFolder { folder in
            let hour: Int64 = 3_600_000_000
            for (id, start) in [("old", 50 * hour), ("older than a day to its end", 70 * hour), ("new", 77 * hour)] {
                try writeSegment(entry(id, time: 1) + "\n", start: start, in: folder)
            }
            let log = try InferenceLog(folder: folder, configuration: .manual { $0.retentionAge = .seconds(24 * 3600) })
            defer { log.close() }
            log.applyRetention(at: 70 * hour + 24 * hour)
            #expect(log.ids().count == 3)
            log.applyRetention(at: 100 * hour)
            // The second segment ended when the third began, within the last day.
            #expect(log.ids() == ["new", "older than a day to its end"])
        }
    }

    @Test("the open segment is never deleted, whatever its size and age")
    func openSegment() throws {
        try withLog({
            $0.retentionBytes = 0
            $0.retentionAge = .zero
        }) { log, folder in
            log.append(.fake("1"))
            log.flush()
            log.applyRetention(at: .max)
            log.append(.fake("2"))
            #expect(log.ids() == ["2", "1"])
            #expect(segments(in: folder).count == 1)
        }
    }

    @Test("a full buffer drops and counts new entries")
    func bufferFull() throws {
        try withLog({ $0.bufferBytes = 300 }) { log, _ in
            log.append(.fake("1"))
            log.append(.fake("2"))
            log.append(.fake("3"), .fake("4"))
            var counters = log.counters()
            #expect(counters.accepted == 4 && counters.logged == 0 && counters.droppedBufferFull == 2)
            #expect(counters.bufferedBytes > 300)
            log.flush()
            counters = log.counters()
            #expect(counters.logged == 2 && counters.bufferedBytes == 0)
            #expect(counters.accepted == counters.logged + counters.droppedBufferFull)
            log.append(.fake("5"))
            #expect(log.ids() == ["5", "2", "1"])
        }
    }

    @Test("the buffer is shared by all pipelines")
    func sharedBuffer() throws {
        try withLog({ $0.bufferBytes = 1 }) { log, _ in
            log.append(.fake("1"), to: "p")
            log.append(.fake("2"), to: "q")
            #expect(log.counters().droppedBufferFull == 1)
            #expect(log.ids(of: "q").isEmpty)
        }
    }

    @Test("entries that cannot be written are counted as dropped")
    func writeFailed() throws {
        try withLog { log, folder in
            // A file is in the place of the pipeline's folder.
            try "".write(toFile: folder + "/p", atomically: false, encoding: .utf8)
            log.append(.fake("1"), .fake("2"))
            log.flush()
            let counters = log.counters()
            #expect(counters.accepted == 2 && counters.logged == 0 && counters.droppedWriteFailed == 2)
        }
    }

    @Test("entries are written by themselves, also when the log was idle")
    func writer() async throws {
        try await withTemporaryFolder { folder in
            var configuration = InferenceLog.Configuration()
            configuration.flushInterval = .milliseconds(1)
            let log = try InferenceLog(folder: folder, configuration: configuration)
            defer { log.close() }
            for count in 1...20 {
                log.append(.fake("\(count)"))
                while log.counters().logged < count { await Task.yield() }
            }
        }
    }

    @Test("all entries of concurrent threads are logged, and each group stays together")
    func threads() throws {
        try withLog({ $0.segmentBytes = 10_000 }) { log, _ in
            DispatchQueue.concurrentPerform(iterations: 8) { thread in
                for index in 0..<200 {
                    let id = "\(thread)-\(index)"
                    log.append(.fake(id, model: "a"), .fake(id, model: "b"))
                    if index % 50 == 0 { log.flush() }
                }
            }
            let ids = log.ids()
            #expect(ids.count == 3200 && Set(ids).count == 1600)
            for index in stride(from: 0, to: ids.count, by: 2) { #expect(ids[index] == ids[index + 1]) }
            let counters = log.counters()
            #expect(counters.accepted == 3200 && counters.logged == 3200)
        }
    }
}
