import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Removing whole logs")
struct LogRemovalTests {
    @Test("all entries are deleted, in closed segments, the open one and the buffer, and the log goes on")
    func deleteAll() throws {
        try withTemporaryFolder { folder in
            let log = try InferenceLog(folder: folder, configuration: .manual { $0.segmentBytes = 300 })
            defer { log.close() }
            for index in 0..<10 {
                log.append(.fake("\(index)"))
                log.flush()
            }
            log.append(.fake("10"))
            #expect(log.hasEntries(of: "p"))
            #expect(log.deletedUntil(of: "p") == nil)
            #expect(try log.deleteAll(of: "p") == 11)
            #expect(log.ids() == [] && !log.hasEntries(of: "p"))
            // Reports know that the log is not complete.
            #expect(log.deletedUntil(of: "p") != nil)
            log.append(.fake("11"))
            #expect(log.ids() == ["11"])
            #expect(try log.deleteAll(of: "p") == 1)
            #expect(try log.deleteAll(of: "p") == 0)
            #expect(try log.deleteAll(of: "other") == 0)
            #expect(!FileManager.default.fileExists(atPath: folder + "/other"))
        }
    }

    @Test("a removed log takes nothing any more, and one of the same name begins anew")
    func remove() throws {
        try withTemporaryFolder { folder in
            let log = try InferenceLog(folder: folder, configuration: .manual())
            defer { log.close() }
            let old = log.stream(for: "p")
            old.append(.fake("before"))
            log.flush()
            old.append(.fake("buffered"))
            try log.remove("p")
            #expect(!FileManager.default.fileExists(atPath: folder + "/p"))
            // A challenger that was still running.
            old.append(.fake("late"))
            log.flush()
            #expect(!FileManager.default.fileExists(atPath: folder + "/p"))
            let counters = log.counters()
            #expect(counters.accepted == 2 && counters.logged == 2 && counters.bufferedBytes == 0)
            log.stream(for: "p").append(.fake("new"))
            old.append(.fake("later"))
            #expect(log.ids() == ["new"] && log.deletedUntil(of: "p") == nil)
            #expect(log.counters().accepted == 3)
            try log.remove("missing")
        }
    }

    @Test("a log is appended to, read and removed at the same time")
    func threads() throws {
        try withTemporaryFolder { folder in
            let log = try InferenceLog(folder: folder, configuration: .manual { $0.segmentBytes = 2000 })
            defer { log.close() }
            DispatchQueue.concurrentPerform(iterations: 5) { thread in
                for index in 0..<60 {
                    switch thread {
                    case 0, 1: log.stream(for: "p").append(.fake("\(thread)-\(index)"))
                    case 2: log.buildColumns()
                    case 3: _ = log.ids()
                    default: try? log.remove("p")
                    }
                }
            }
            try log.remove("p")
            #expect(!FileManager.default.fileExists(atPath: folder + "/p"))
            log.flush()
            #expect(log.counters().bufferedBytes == 0)
        }
    }

    @Test("a log is removed while its column files are built")
    func columns() throws {
        try withLog { log, folder in
            let isOver = Atomic<Bool>(false)
            let problems = Mutex<[FileProblem]>([])
            DispatchQueue.concurrentPerform(iterations: 2) { thread in
                guard thread == 0 else {
                    while !isOver.load(ordering: .acquiring) { log.buildColumns() }
                    return
                }
                defer { isOver.store(true, ordering: .releasing) }
                for index in 0..<2000 {
                    for entry in 0..<20 { log.append(.fake("\(index)-\(entry)")) }
                    _ = log.closedSegments(of: "p")
                    do throws(FileProblem) {
                        try log.remove("p")
                    } catch {
                        problems.withLock { $0.append(error) }
                    }
                }
            }
            #expect(problems.withLock { $0 }.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: folder + "/p"))
        }
    }
}
