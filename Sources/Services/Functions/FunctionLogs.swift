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
    package static func text(of line: String) -> String { line.replacing(lineBreak, with: "\n") }

    // MARK: Reading

    /// Returns the names of all functions with logs, whether they still exist or not.
    package func functions() -> [String] { Self.names(in: folder).sorted() }

    /// Returns the streams of a function.
    package func streams(of function: String) -> [Stream] {
        // A name from outside must not lead to another folder.
        guard FunctionService.isName(function) else { return [] }
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

    /// Writes a process's stream, which begins with its first line. Files are written on a thread of their own.
    final class Writer: Sendable {
        private static let queue = DispatchQueue(label: "function-logs")
        /// Bytes that may wait to be written before a thread that can wait does so.
        private static let pendingLimit = 4 << 20

        private let writer = Mutex<LineLog.Writer?>(nil)
        private let pending = Atomic<Int>(0)
        private let folder: String
        private let file: String

        fileprivate init(folder: String, file: String) {
            self.folder = folder
            self.file = file
        }

        /// - Parameter waits: Whether this thread may wait for the disk if much is to be written.
        func append(_ text: String, at time: Date = Date(), waits: Bool = false) {
            let byteCount = text.utf8.count
            let sum = pending.wrappingAdd(byteCount, ordering: .relaxed).newValue
            Self.queue.async { [self] in
                pending.wrappingSubtract(byteCount, ordering: .relaxed)
                writer.withLock { writer in
                    if writer == nil { writer = try? open() }
                    writer?.append(text.replacing("\n", with: FunctionLogs.lineBreak), at: time)
                }
            }
            if waits, sum > Self.pendingLimit { Self.queue.sync {} }
        }

        /// Waits until everything so far has been written.
        static func flush() { queue.sync {} }

        private func open() throws -> LineLog.Writer {
            let log = LineLog(path: "\(folder)/\(file)", limit: FunctionLogs.streamLimit)
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
        Writer(folder: "\(folder)/\(function)", file: Self.file(ofName: stream))
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
