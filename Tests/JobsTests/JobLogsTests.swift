import Definitions
import Foundation
import Jobs
import LineLogs
import TestSupport
import Testing

@Suite("Job logs")
struct JobLogsTests {
    @Test("each job has its own log")
    func separate() throws {
        try withTemporaryFolder { folder in
            let logs = JobLogs(folder: folder)
            try logs.writer(of: .training, "job").append("trained")
            try logs.writer(of: .transform, "job").append("transformed")
            #expect(try logs.events(of: .training, "job", from: 0, limit: 9).events.map(\.message) == ["trained"])
            #expect(try logs.events(of: .transform, "job", from: 0, limit: 9).events.map(\.message) == ["transformed"])
        }
    }

    @Test("a log that cannot be opened is reported in the server's words")
    func unwritable() throws {
        try withTemporaryFolder { folder in
            let logs = JobLogs(folder: folder)
            try FileManager.default.createDirectory(
                atPath: logs.path(of: .training, "job"),
                withIntermediateDirectories: true
            )
            #expect(throws: RoostError(.unavailable, "The log cannot be written: Is a directory.")) {
                try logs.writer(of: .training, "job")
            }
        }
    }

    @Test("a name cannot leave the folder")
    func names() throws {
        #expect(throws: RoostError.self) {
            try JobLogs(folder: "/tmp").events(of: .training, "../x", from: 0, limit: 1)
        }
    }
}
