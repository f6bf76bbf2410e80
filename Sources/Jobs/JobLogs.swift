package import Definitions
package import Foundation
import Synchronization

/// A line that a job wrote.
package struct JobLogEvent: Sendable, Equatable {
    package var time: Date
    package var message: String
    /// Where it begins in the job's log.
    package var position = 0
}

/// What jobs wrote, line by line: a file a job, only ever appended to. A line is `<milliseconds since the epoch> <text>`.
package struct JobLogs: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// Where a job's log is: `<folder>/<kind>/<name>`.
    package func path(of kind: JobKind, _ name: String) -> String { "\(folder)/\(kind.rawValue)/\(name)" }

    /// When the job's log was begun; `nil` where the job has written nothing yet.
    package func beginning(of kind: JobKind, _ name: String) -> Date? {
        (try? events(of: kind, name, from: 0, limit: 1))?.events.first?.time
    }

    /// Lines from `position` on.
    ///
    /// - Parameters:
    ///   - position: 0, or a position that an earlier call answered.
    ///   - since: Only lines from this time on.
    /// - Returns: The lines, and the position after the last of them; the same position where there were none.
    package func events(
        of kind: JobKind,
        _ name: String,
        from position: Int,
        since: Date? = nil,
        limit: Int
    ) throws -> (events: [JobLogEvent], next: Int) {
        let position = max(0, position)
        try Name.check(name, what: "job name", field: "name")
        guard let file = FileHandle(forReadingAtPath: path(of: kind, name)) else { return ([], position) }
        defer { try? file.close() }
        guard try file.seekToEnd() > UInt64(position) else { return ([], position) }
        try file.seek(toOffset: UInt64(position))
        var events: [JobLogEvent] = []
        var next = position
        var rest = Data()
        while events.count < limit, let chunk = try file.read(upToCount: 1 << 18), !chunk.isEmpty {
            rest.append(chunk)
            while events.count < limit, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[rest.startIndex..<end]
                let event = Self.event(line, at: next)
                next += line.count + 1
                rest = rest[(end + 1)...]
                if since.map({ event.time >= $0 }) ?? true { events.append(event) }
            }
        }
        return (events, next)
    }

    private static func event(_ line: Data, at position: Int) -> JobLogEvent {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        let milliseconds = parts.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        return JobLogEvent(
            time: Date(timeIntervalSince1970: Double(milliseconds) / 1000),
            message: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "",
            position: position
        )
    }

    /// Opens a job's log to be appended to.
    package func writer(of kind: JobKind, _ name: String) throws -> Writer {
        let path = path(of: kind, name)
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try Writer(path: path)
    }

    /// Appends to a job's log. A log that has become very long takes no more, and says so.
    package final class Writer: Sendable {
        private struct State {
            var byteCount: Int
            var lastTime = 0
        }

        private static let limit = 256 << 20

        private let descriptor: Int32
        private let state: Mutex<State>

        fileprivate init(path: String) throws {
            descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw RoostError(.unavailable, "The job's log cannot be written: \(String(cString: strerror(errno))).")
            }
            let end = Int(lseek(descriptor, 0, SEEK_END))
            state = Mutex(State(byteCount: end))
            // A machine that went down may have left half a line.
            var last: UInt8 = 0
            if end > 0, pread(descriptor, &last, 1, off_t(end - 1)) == 1, last != UInt8(ascii: "\n") { write("\n") }
        }

        deinit { close(descriptor) }

        /// Appends one line. A line end inside of it becomes a space.
        package func append(_ message: String, at time: Date = Date()) {
            state.withLock { state in
                guard state.byteCount < Self.limit else { return }
                // Readers go by the time: it never goes back.
                state.lastTime = max(state.lastTime, Int(time.timeIntervalSince1970 * 1000))
                let text = message.contains("\n") ? message.replacing("\n", with: " ") : message
                let line = "\(state.lastTime) \(text)\n"
                state.byteCount += line.utf8.count
                write(line)
                if state.byteCount >= Self.limit {
                    write("\(state.lastTime) The log has reached \(Self.limit >> 20) MiB; it takes no more lines.\n")
                }
            }
        }

        private func write(_ line: String) {
            var line = line
            // A disk that is full loses lines, not the job.
            _ = line.withUTF8 { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
