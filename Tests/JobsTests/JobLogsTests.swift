import Definitions
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Job logs")
struct JobLogsTests {
    @Test("reading continues at the position after the last line")
    func positions() throws {
        try withTemporaryFolder { folder in
            let logs = JobLogs(folder: folder)
            #expect(logs.beginning(of: .training, "job") == nil)
            let writer = try logs.writer(of: .training, "job")
            let start = Date(timeIntervalSince1970: 1_700_000_000)
            for index in 0..<5 { writer.append("line \(index)", at: start + Double(index)) }
            let first = try logs.events(of: .training, "job", from: 0, limit: 2)
            #expect(first.events.map(\.message) == ["line 0", "line 1"])
            let second = try logs.events(of: .training, "job", from: first.next, limit: 100)
            #expect(second.events.map(\.message) == ["line 2", "line 3", "line 4"])
            let third = try logs.events(of: .training, "job", from: second.next, limit: 100)
            #expect(third.events.isEmpty)
            #expect(third.next == second.next)
            writer.append("line 5", at: start + 5)
            #expect(
                try logs.events(of: .training, "job", from: third.next, limit: 9).events.map(\.message) == ["line 5"]
            )
            let late = try logs.events(of: .training, "job", from: 0, since: start + 3, limit: 100)
            #expect(late.events.map(\.message) == ["line 3", "line 4", "line 5"])
            #expect(logs.beginning(of: .training, "job") == start)
        }
    }

    @Test("a new line follows one that a crash cut short")
    func halfLine() throws {
        try withTemporaryFolder { folder in
            let logs = JobLogs(folder: folder)
            let path = logs.path(of: .transform, "job")
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true
            )
            try Data("1700000000000 whole\n17000000".utf8).write(to: URL(filePath: path))
            #expect(try logs.events(of: .transform, "job", from: 0, limit: 9).events.map(\.message) == ["whole"])
            try logs.writer(of: .transform, "job").append("next")
            let events = try logs.events(of: .transform, "job", from: 0, limit: 9).events
            #expect(events.map(\.message) == ["whole", "", "next"])
        }
    }

    @Test("times stay in order even if the clock goes back, and newlines become spaces")
    func order() throws {
        try withTemporaryFolder { folder in
            let logs = JobLogs(folder: folder)
            let writer = try logs.writer(of: .training, "job")
            writer.append("one\ntwo", at: Date(timeIntervalSince1970: 100))
            writer.append("three", at: Date(timeIntervalSince1970: 50))
            let events = try logs.events(of: .training, "job", from: 0, limit: 9).events
            #expect(events.map(\.message) == ["one two", "three"])
            #expect(events.map(\.time.timeIntervalSince1970) == [100, 100])
        }
    }

    @Test("a name cannot leave the folder")
    func names() throws {
        #expect(throws: RoostError.self) {
            try JobLogs(folder: "/tmp").events(of: .training, "../x", from: 0, limit: 1)
        }
    }
}
