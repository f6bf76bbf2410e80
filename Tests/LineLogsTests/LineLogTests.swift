import Foundation
import LineLogs
import TestSupport
import Testing

@Suite("Line logs")
struct LineLogTests {
    @Test("reading continues at the position after the last line")
    func positions() throws {
        try withTemporaryFolder { folder in
            let log = LineLog(path: folder + "/training/job")
            #expect(log.beginning == nil)
            let writer = try log.writer()
            let start = Date(timeIntervalSince1970: 1_700_000_000)
            for index in 0..<5 { writer.append("line \(index)", at: start + Double(index)) }
            let first = try log.events(from: 0, limit: 2)
            #expect(first.events.map(\.message) == ["line 0", "line 1"])
            let second = try log.events(from: first.next, limit: 100)
            #expect(second.events.map(\.message) == ["line 2", "line 3", "line 4"])
            let third = try log.events(from: second.next, limit: 100)
            #expect(third.events.isEmpty)
            #expect(third.next == second.next)
            writer.append("line 5", at: start + 5)
            #expect(
                try log.events(from: third.next, limit: 9).events.map(\.message) == ["line 5"]
            )
            let late = try log.events(from: 0, since: start + 3, limit: 100)
            #expect(late.events.map(\.message) == ["line 3", "line 4", "line 5"])
            #expect(log.beginning == start)
        }
    }

    @Test("the last lines are found from the end", arguments: [1, 3, 2999, 3000, 5000])
    func lastLines(limit: Int) throws {
        try withTemporaryFolder { folder in
            let log = LineLog(path: folder + "/training/job")
            #expect(try log.lastEvents(limit: limit).events.isEmpty)
            let writer = try log.writer()
            // More than is read at once.
            for index in 0..<3000 { writer.append("\(index) " + String(repeating: "x", count: index % 400)) }
            let all = try log.events(from: 0, limit: 3000)
            let last = try log.lastEvents(limit: limit)
            #expect(last.events == all.events.suffix(limit))
            #expect(last.next == all.next)
        }
    }

    @Test("what is read at once is limited, however long lines are")
    func longLines() throws {
        try withTemporaryFolder { folder in
            let log = LineLog(path: folder + "/training/job")
            let writer = try log.writer()
            let line = String(repeating: "x", count: 60_000)
            for index in 0..<100 { writer.append("\(index) " + line) }
            var position = 0
            var found: [TimedLine] = []
            while true {
                let page = try log.events(from: position, limit: 10_000)
                #expect(page.events.reduce(0) { $0 + $1.message.utf8.count } < LineLog.pageBytes + 70_000)
                guard page.next > position else { break }
                found += page.events
                position = page.next
            }
            #expect(found.map { $0.message.prefix { $0 != " " } } == (0..<100).map { Substring("\($0)") })
            let last = try log.lastEvents(limit: 10_000)
            #expect((10..<20).contains(last.events.count))
            #expect(last.events == found.suffix(last.events.count) && last.next == position)
            #expect(found.suffix(bytes: 150_000) { $0.message.utf8.count }.count == 2)
            #expect(found.suffix(bytes: 1) { $0.message.utf8.count }.count == 1)
        }
    }

    @Test("a position within a line stands for the next line")
    func withinLines() throws {
        try withTemporaryFolder { folder in
            let log = LineLog(path: folder + "/training/job")
            let writer = try log.writer()
            for index in 0..<3 { writer.append("line \(index)") }
            let all = try log.events(from: 0, limit: 9)
            let second = all.events[1].position
            for position in 1...second {
                #expect(try log.events(from: position, limit: 9).events == all.events.suffix(2))
            }
            let inLast = try log.events(from: all.next - 1, limit: 9)
            #expect(inLast.events.isEmpty && inLast.next == all.next)
        }
    }

    @Test("a new line follows one that a crash cut short")
    func halfLine() throws {
        try withTemporaryFolder { folder in
            let log = LineLog(path: folder + "/transform/job")
            let path = log.path
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true
            )
            try Data("1700000000000 whole\n17000000".utf8).write(to: URL(filePath: path))
            #expect(try log.events(from: 0, limit: 9).events.map(\.message) == ["whole"])
            try log.writer().append("next")
            let events = try log.events(from: 0, limit: 9).events
            #expect(events.map(\.message) == ["whole", "", "next"])
        }
    }

    @Test("times stay in order even if the clock goes back, and newlines become spaces")
    func order() throws {
        try withTemporaryFolder { folder in
            let log = LineLog(path: folder + "/training/job")
            let writer = try log.writer()
            writer.append("one\ntwo", at: Date(timeIntervalSince1970: 100))
            writer.append("three", at: Date(timeIntervalSince1970: 50))
            let events = try log.events(from: 0, limit: 9).events
            #expect(events.map(\.message) == ["one two", "three"])
            #expect(events.map(\.time.timeIntervalSince1970) == [100, 100])
        }
    }
}
