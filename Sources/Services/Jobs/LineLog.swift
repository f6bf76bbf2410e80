import Definitions
package import Foundation
import Synchronization

/// A line that a program wrote.
package struct JobLogEvent: Sendable, Equatable {
    package var time: Date
    package var message: String
    /// Where it begins in the log.
    package var position = 0
}

/// A file of lines, only ever appended to. A line is `<milliseconds since the epoch> <text>`.
package struct LineLog: Sendable {
    package let path: String
    /// Bytes that the file takes.
    private let limit: Int

    package init(path: String, limit: Int = 256 << 20) {
        self.path = path
        self.limit = limit
    }

    /// When the first line was written; `nil` where there is none yet.
    package var beginning: Date? { (try? events(from: 0, limit: 1))?.events.first?.time }

    /// Lines from `position` on.
    ///
    /// - Parameters:
    ///   - position: 0, or a position that an earlier call answered.
    ///   - since: Only lines from this time on.
    /// - Returns: The lines, and the position after the last of them; the same position where there were none.
    package func events(
        from position: Int,
        since: Date? = nil,
        limit: Int
    ) throws -> (events: [JobLogEvent], next: Int) {
        let position = max(0, position)
        guard let file = FileHandle(forReadingAtPath: path) else { return ([], position) }
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

    /// Opens it to be appended to, and makes its folder where that is not there.
    package func writer() throws -> Writer {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try Writer(path: path, limit: limit)
    }

    /// Appends lines. A log that has become very long takes no more, and says so.
    package final class Writer: Sendable {
        private struct State {
            var byteCount: Int
            var lastTime = 0
        }

        private let limit: Int
        private let descriptor: Int32
        private let state: Mutex<State>

        fileprivate init(path: String, limit: Int) throws {
            self.limit = limit
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

        /// Whether it takes no more lines.
        package var isFull: Bool { state.withLock { $0.byteCount >= limit } }

        /// Appends one line. A line end inside of it becomes a space.
        package func append(_ message: String, at time: Date = Date()) {
            state.withLock { state in
                guard state.byteCount < limit else { return }
                // Readers go by the time: it never goes back.
                state.lastTime = max(state.lastTime, Int(time.timeIntervalSince1970 * 1000))
                let line = "\(state.lastTime) \(Self.oneLine(message))\n"
                state.byteCount += line.utf8.count
                write(line)
                if state.byteCount >= limit {
                    write("\(state.lastTime) The log has reached \(limit >> 20) MiB; it takes no more lines.\n")
                }
            }
        }

        private static func oneLine(_ message: String) -> String {
            let end = UInt8(ascii: "\n")
            guard message.utf8.contains(end) else { return message }
            return String(decoding: message.utf8.map { $0 == end ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        }

        private func write(_ line: String) {
            var line = line
            // A disk that is full loses lines, not the job.
            _ = line.withUTF8 { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
