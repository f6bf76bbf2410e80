import Foundation
import Serving
import Synchronization
import TestSupport
import Testing

@Suite("Start marks")
struct StartMarksTests {
    private let items: [StartMarks.Item] = [.model("m"), .pipeline("p"), .job("training", "a/b"), .endpoint("e")]

    /// Simulates a server on this folder that dies while it starts `items`.
    private func life(in folder: String, crashes: Bool, at items: [StartMarks.Item]) throws {
        let marks = try StartMarks(dataFolder: folder)
        for item in items { marks.mark(item) }
        if crashes { try Data("signal 04\n".utf8).write(to: URL(filePath: StartMarks.crashNote(in: folder))) }
    }

    private func crashes(_ item: StartMarks.Item, in folder: String) throws -> Int? {
        try StartMarks(dataFolder: folder).suspicion(of: item)?.crashes
    }

    @Test("an item that was started or properly refused is not a suspect")
    func settled() throws {
        try withTemporaryFolder { folder in
            let marks = try StartMarks(dataFolder: folder)
            for item in items { marks.during(item) {} }
            #expect(throws: CocoaError.self) { try marks.during(items[0]) { throw CocoaError(.fileNoSuchFile) } }
            let next = try StartMarks(dataFolder: folder)
            #expect(items.allSatisfy { next.suspicion(of: $0) == nil })
        }
    }

    @Test("a server that is killed from outside leaves suspects but proves nothing, however often")
    func killed() throws {
        try withTemporaryFolder { folder in
            for _ in 0..<5 { try life(in: folder, crashes: false, at: items) }
            for item in items { #expect(try crashes(item, in: folder) == 0) }
        }
    }

    @Test("a crash counts against the items being started, and the second in a row is proof")
    func crashed() throws {
        try withTemporaryFolder { folder in
            try life(in: folder, crashes: true, at: Array(items[0...1]))
            #expect(try crashes(items[0], in: folder) == 1)
            #expect(try crashes(items[2], in: folder) == nil)
            // Suspects start one at a time, so the other one is still waiting.
            try life(in: folder, crashes: true, at: [items[0]])
            let marks = try StartMarks(dataFolder: folder)
            #expect(marks.suspicion(of: items[0])?.isProven == true)
            #expect(marks.suspicion(of: items[1])?.crashes == 1)
            marks.unmark(items[0])
            #expect(try crashes(items[0], in: folder) == nil)
        }
    }

    @Test("a mark whose writing was interrupted counts")
    func cutShort() throws {
        try withTemporaryFolder { folder in
            try life(in: folder, crashes: false, at: [items[0]])
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/start")
            try Data().write(to: URL(filePath: "\(folder)/start/\(try #require(files.first))"))
            #expect(try crashes(items[0], in: folder) == 0)
        }
    }

    @Test("suspects start one at a time, and each is unmarked once it has started")
    func oneAtATime() async throws {
        try await withTemporaryFolder { folder in
            try life(in: folder, crashes: true, at: items)
            let marks = try StartMarks(dataFolder: folder)
            let (running, highest) = (Counter(), Counter())
            await withTaskGroup(of: Void.self) { group in
                for item in items {
                    group.addTask {
                        await marks.duringBeginning(of: item) {
                            highest.raise(to: running.add(1))
                            await Task.yield()
                            _ = running.add(-1)
                        }
                    }
                }
            }
            #expect(highest.value == 1)
            #expect(items.allSatisfy { marks.suspicion(of: $0) == nil })
        }
    }

    @Test("what runs for ten seconds has started, and the next suspect may start")
    func beginning() async throws {
        try await withTemporaryFolder { folder in
            try life(in: folder, crashes: true, at: items)
            let clock = ManualClock()
            let marks = try StartMarks(dataFolder: folder, clock: clock)
            let (end, source) = AsyncStream<Void>.makeStream()
            let first = Task { [items] in
                await marks.duringBeginning(of: items[0]) { for await _ in end {} }
            }
            await clock.sleepers()
            clock.advance(by: .seconds(9))
            #expect(marks.suspicion(of: items[0]) != nil)
            clock.advance(by: .seconds(1))
            await marks.duringBeginning(of: items[1]) {
                #expect(marks.suspicion(of: items[0]) == nil)
            }
            source.finish()
            await first.value
        }
    }
}

/// A counter that threads change concurrently.
private final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }
    func add(_ difference: Int) -> Int { number.add(difference, ordering: .relaxed).newValue }
    func raise(to value: Int) { number.max(value, ordering: .relaxed) }
}
