import Encodings
package import Foundation
package import LineLogs
import Synchronization

/// The logs of functions: one stream for each process, in `FUNCTION/STREAM`, where each stream is a ``LineLog``.
///
/// Only the newest streams of a function are kept. Reading and removing streams blocks, so never do it on an event loop.
package struct FunctionLogs: Sendable {
    /// The largest size of a stream, in bytes.
    private static let streamLimit = 16 << 20
    /// Streams to keep for each function.
    private static let streamCount = 64
    /// A line of a stream cannot contain line breaks, but an event of a log can.
    private static let lineBreak = "\r"

    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// The name of a function's log group.
    package static func group(of function: String) -> String { groupPrefix + function }

    package static let groupPrefix = "/aws/lambda/"

    /// A stream of lines, by its name `2026/11/28/[VERSION]0123…`.
    package struct Stream: Sendable {
        package let name: String
        package let log: LineLog
        package let beginning: Date
        package let lastEvent: Date
    }

    /// Returns the name of a new stream.
    static func newStream(version: String, at time: Date) -> String {
        let day = time.formatted(.iso8601.year().month().day().dateSeparator(.dash)).replacing("-", with: "/")
        return "\(day)/[\(version)]\(UUID().uuidString.lowercased().replacing("-", with: ""))"
    }

    /// Returns the text of an event as it was written, from a line of a stream.
    package static func text(of line: String) -> String { line.replacingBytes(of: lineBreak, with: "\n") }

    // MARK: Reading

    /// Returns the names of all functions with logs, whether they still exist or not.
    package func functions() -> [String] {
        Writer.flush()
        return Self.names(in: folder).sorted()
    }

    /// Returns the streams of a function.
    package func streams(of function: String) -> [Stream] {
        // A name from outside must not lead to another folder.
        guard FunctionService.isName(function) else { return [] }
        Writer.flush()
        return Self.names(in: "\(folder)/\(function)").compactMap { file in
            let path = "\(folder)/\(function)/\(file)"
            let log = LineLog(path: path, limit: Self.streamLimit)
            return log.beginning.map {
                Stream(name: Self.name(ofFile: file), log: log, beginning: $0, lastEvent: Self.modified(path))
            }
        }
    }

    /// Removes the log of a function. Streams that are being written begin anew with their next process.
    package func remove(_ function: String) -> Bool {
        guard FunctionService.isName(function), functions().contains(function) else { return false }
        return (try? FileManager.default.removeItem(atPath: "\(folder)/\(function)")) != nil
    }

    // MARK: Writing

    /// Writes a process's stream, which begins with its first line.
    ///
    /// Lines wait for a moment, and are written together on a thread of their own, so that an event waits for no file.
    final class Writer: Sendable {
        private struct State {
            var waiting: [(text: String, time: Date)] = []
            var byteCount = 0
        }

        private static let queue = DispatchQueue(label: "function-logs")
        private static let delay: DispatchTimeInterval = .milliseconds(50)
        /// Bytes that may wait to be written before a thread that can wait does so.
        private static let waitingLimit = 4 << 20
        /// The writers with lines that wait.
        private static let waiting = Mutex<[Writer]>([])

        private let state = Mutex(State())
        private let file: Mutex<LineLog.Writer?>
        private let folder: String
        private let name: String

        fileprivate init(folder: String, name: String) {
            file = Mutex(nil)
            self.folder = folder
            self.name = name
        }

        /// - Parameter waits: Whether this thread may wait for the disk if much is to be written.
        func append(_ text: String, at time: Date = Date(), waits: Bool = false) {
            let (isFirst, byteCount) = state.withLock { state in
                state.waiting.append((text, time))
                state.byteCount += text.utf8.count
                return (state.waiting.count == 1, state.byteCount)
            }
            if isFirst {
                let isOnlyOne = Self.waiting.withLock { waiting in
                    waiting.append(self)
                    return waiting.count == 1
                }
                if isOnlyOne { Self.queue.asyncAfter(deadline: .now() + Self.delay) { Self.writeAll() } }
            }
            if waits, byteCount > Self.waitingLimit { Self.flush() }
        }

        /// Waits until everything so far has been written.
        static func flush() { queue.sync { writeAll() } }

        /// Call it only on the queue.
        private static func writeAll() {
            let writers = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for writer in writers { writer.write() }
        }

        private func write() {
            let lines = state.withLock { state in
                defer { state = State() }
                return state.waiting
            }
            file.withLock { file in
                if file == nil { file = try? open() }
                for line in lines {
                    file?.append(line.text.replacingBytes(of: "\n", with: FunctionLogs.lineBreak), at: line.time)
                }
            }
        }

        private func open() throws -> LineLog.Writer {
            let log = LineLog(path: "\(folder)/\(name)", limit: FunctionLogs.streamLimit)
            let others = FunctionLogs.names(in: folder).map { "\(folder)/\($0)" }
            if others.count >= FunctionLogs.streamCount {
                let old = others.sorted { FunctionLogs.modified($0) > FunctionLogs.modified($1) }
                for path in old.dropFirst(FunctionLogs.streamCount - 1) {
                    try? FileManager.default.removeItem(atPath: path)
                }
            }
            return try log.writer()
        }
    }

    func writer(of function: String, stream: String) -> Writer {
        Writer(folder: "\(folder)/\(function)", name: Self.file(ofName: stream))
    }

    // MARK: Files

    /// `2026-11-28[VERSION]0123…`: a stream's name has slashes, and a file's cannot.
    private static func file(ofName name: String) -> String {
        name.replacing("/[", with: "[").replacing("/", with: "-")
    }

    private static func name(ofFile file: String) -> String {
        guard let start = file.firstIndex(of: "[") else { return file }
        return file[..<start].replacing("-", with: "/") + "/" + file[start...]
    }

    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func modified(_ path: String) -> Date {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date ?? .distantPast
    }
}
