package import Foundation
import Synchronization

/// A line of a log.
package struct TimedLine: Sendable, Equatable {
    package var time: Date
    package var message: String
    /// The offset of the line in the log.
    package var position = 0
}

/// Why a log cannot be opened for appending.
package struct LineLogError: Error {
    package let reason: String
}

/// An append-only file of lines, each `<milliseconds since the epoch> <text>`.
package struct LineLog: Sendable {
    package let path: String
    /// The size limit of the file in bytes.
    private let limit: Int
    /// How many bytes are read at once: lines may be long.
    package static let pageBytes = 1 << 20

    package init(path: String, limit: Int = 256 << 20) {
        self.path = path
        self.limit = limit
    }

    /// The time of the first line; `nil` if there is none yet.
    package var beginning: Date? { (try? events(from: 0, limit: 1))?.events.first?.time }

    /// Returns lines from `position` on, until they have ``pageBytes``.
    ///
    /// - Parameters:
    ///   - position: 0, or a position that an earlier call returned. Within a line, it stands for the next one.
    ///   - since: Skips lines before this time.
    ///   - limit: The most lines.
    /// - Returns: The lines, and the position after the last line read; the given position if there were none.
    package func events(
        from position: Int,
        since: Date? = nil,
        limit: Int
    ) throws -> (events: [TimedLine], next: Int) {
        let position = max(0, position)
        guard let file = FileHandle(forReadingAtPath: path) else { return ([], position) }
        defer { try? file.close() }
        guard try file.seekToEnd() > UInt64(position) else { return ([], position) }
        // The end of the line before it shows that a line begins there.
        var isInLine = position > 0
        var next = max(0, position - 1)
        try file.seek(toOffset: UInt64(next))
        var events: [TimedLine] = []
        var bytes = 0
        func isFull() -> Bool { events.count >= limit || bytes >= Self.pageBytes }
        var rest = Data()
        while !isFull(), let chunk = try file.read(upToCount: 1 << 18), !chunk.isEmpty {
            rest.append(chunk)
            while !isFull(), let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[rest.startIndex..<end]
                defer {
                    next += line.count + 1
                    rest = rest[(end + 1)...]
                    isInLine = false
                }
                if isInLine { continue }
                let event = Self.event(line, at: next)
                guard since.map({ event.time >= $0 }) ?? true else { continue }
                events.append(event)
                bytes += line.count
            }
        }
        return (events, isInLine ? position : next)
    }

    /// Returns the last lines, as many as have about ``pageBytes``, and the position after the last one.
    package func lastEvents(limit: Int) throws -> (events: [TimedLine], next: Int) {
        try events(from: position(ofLast: limit), limit: limit)
    }

    /// Returns the position of the first of the last lines. Only the end of the file is read.
    private func position(ofLast count: Int) throws -> Int {
        guard let file = FileHandle(forReadingAtPath: path) else { return 0 }
        defer { try? file.close() }
        var end = Int(try file.seekToEnd())
        // The line before them ends there.
        var lineEnds = count + 1
        var first = end
        let least = max(0, end - Self.pageBytes)
        while end > least {
            let start = max(0, end - 1 << 18)
            try file.seek(toOffset: UInt64(start))
            guard let chunk = try file.read(upToCount: end - start), !chunk.isEmpty else { return 0 }
            var rest = chunk[...]
            while let lineEnd = rest.lastIndex(of: UInt8(ascii: "\n")) {
                lineEnds -= 1
                first = start + chunk.distance(from: chunk.startIndex, to: lineEnd) + 1
                if lineEnds == 0 { return first }
                rest = rest[..<lineEnd]
            }
            end = start
        }
        return end > 0 ? first : 0
    }

    private static func event(_ line: Data, at position: Int) -> TimedLine {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        let milliseconds = parts.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        return TimedLine(
            time: Date(timeIntervalSince1970: Double(milliseconds) / 1000),
            message: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "",
            position: position
        )
    }

    /// Opens the log for appending, and creates its folder if needed.
    package func writer() throws -> Writer {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try Writer(path: path, limit: limit)
    }

    /// Appends lines up to the size limit. The last line of a full log says that it is full.
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
                throw LineLogError(reason: String(cString: strerror(errno)))
            }
            let end = Int(lseek(descriptor, 0, SEEK_END))
            state = Mutex(State(byteCount: end))
            // A crash of the machine may have left an incomplete line.
            var last: UInt8 = 0
            if end > 0, pread(descriptor, &last, 1, off_t(end - 1)) == 1, last != UInt8(ascii: "\n") { write("\n") }
        }

        deinit { close(descriptor) }

        /// Whether the log has reached its size limit.
        package var isFull: Bool { state.withLock { $0.byteCount >= limit } }

        /// Appends one line. Newlines within it become spaces.
        package func append(_ message: String, at time: Date = Date()) {
            state.withLock { state in
                guard state.byteCount < limit else { return }
                // Readers rely on times that never decrease.
                state.lastTime = max(state.lastTime, Int(time.timeIntervalSince1970 * 1000))
                let line = "\(state.lastTime) \(Self.oneLine(message))\n"
                state.byteCount += line.utf8.count
                write(line)
                if state.byteCount >= limit {
                    write(
                        "\(state.lastTime) The log has reached its limit of \(limit >> 20) MiB. Further lines are dropped.\n"
                    )
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
            // A full disk loses lines, but does not fail the job.
            _ = line.withUTF8 { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
