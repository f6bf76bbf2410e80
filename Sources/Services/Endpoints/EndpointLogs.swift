import Definitions
package import Foundation
package import LineLogs
import Platform
import Serving
import Synchronization

/// The output of the programs that serve endpoints, stored as `ENDPOINT/VARIANT/STREAM`, where each stream is a ``LineLog``.
///
/// A stream holds the output of one model version's program. When it is full, a new one is started; only the newest few streams
/// of a variant are kept. Reading and removing streams blocks, so never do it on an event loop.
package final class EndpointLogs: Sendable {
    /// The largest size of a stream, in bytes.
    private static let streamLimit = 8 << 20
    /// Streams to keep per variant.
    private static let streamCount = 8

    private let folder: String
    private let writers = Mutex<[Writer]>([])

    init(folder: String, output: ProgramOutput) {
        self.folder = folder
        output.onLine { [weak self] version, line in
            // Outside the lock, so that a slow disk delays only this program and not those of all endpoints.
            let writers = self?.writers.withLock { $0.filter { $0.source.version == version } } ?? []
            for writer in writers { writer.append(line) }
        }
    }

    /// Records the output of the definitions' programs from now on, and stops recording the endpoint's other programs.
    func follow(_ endpoint: String, _ definitions: [EndpointDefinition]) {
        let wanted = Set(
            definitions.flatMap { $0.variants + $0.shadows }.compactMap { variant in
                variant.model.version.map { Source(endpoint: endpoint, variant: variant.name, version: $0) }
            }
        )
        let gone = writers.withLock { writers in
            let own = writers.filter { $0.source.endpoint == endpoint }
            let gone = own.filter { !wanted.contains($0.source) }
            let new = wanted.subtracting(own.map(\.source))
            writers.removeAll { writer in gone.contains { $0 === writer } }
            writers += new.map { Writer($0, folder: "\(folder)/\(endpoint)/\($0.variant)") }
            return gone
        }
        for writer in gone { writer.close() }
    }

    /// Removes all logs of an endpoint.
    func remove(_ endpoint: String) {
        follow(endpoint, [])
        try? FileManager.default.removeItem(atPath: "\(folder)/\(endpoint)")
    }

    /// Removes the logs that interrupted deletions left behind.
    func removeAll(but endpoints: Set<String>) {
        for name in Self.names(in: folder) where !endpoints.contains(name) { remove(name) }
    }

    /// A stream of lines, by its name `VARIANT/i-…`.
    package struct Stream: Sendable {
        package let name: String
        package let log: LineLog
        package let beginning: Date
        package let lastEvent: Date
    }

    package func streams(of endpoint: String) -> [Stream] {
        Self.names(in: "\(folder)/\(endpoint)").flatMap { variant in
            Self.names(in: "\(folder)/\(endpoint)/\(variant)").compactMap { name -> Stream? in
                let path = "\(folder)/\(endpoint)/\(variant)/\(name)"
                let log = LineLog(path: path, limit: Self.streamLimit)
                return log.beginning.map {
                    Stream(name: "\(variant)/\(name)", log: log, beginning: $0, lastEvent: Self.modified(path))
                }
            }
        }
    }

    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func modified(_ path: String) -> Date {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date ?? .distantPast
    }

    // MARK: Writing

    /// The program whose lines a writer records.
    private struct Source: Hashable {
        let endpoint: String
        let variant: String
        let version: String
    }

    private final class Writer: Sendable {
        private struct State {
            var log: LineLog.Writer?
            var isClosed = false
        }

        let source: Source
        private let folder: String
        private let state = Mutex(State())

        init(_ source: Source, folder: String) {
            self.source = source
            self.folder = folder
        }

        func append(_ line: String) {
            state.withLock { state in
                guard !state.isClosed else { return }
                if state.log?.isFull != false { state.log = try? open() }
                state.log?.append(line)
            }
        }

        func close() {
            state.withLock {
                $0.isClosed = true
                $0.log = nil
            }
        }

        /// Opens the version's last stream, or a new one if that is full, and removes the variant's oldest streams.
        private func open() throws -> LineLog.Writer {
            let digits = source.version.lowercased().filter(\.isHexDigit).suffix(12)
            let stem = "i-" + digits
            let known = EndpointLogs.names(in: folder)
            let numbers = known.filter { $0.hasPrefix(stem) }.compactMap { Int32($0.dropFirst(stem.count), radix: 16) }
            var number = Int(numbers.max() ?? 0)
            func path() -> String { "\(folder)/\(stem)" + String(format: "%05x", number) }
            var log = try LineLog(path: path(), limit: EndpointLogs.streamLimit).writer()
            if log.isFull {
                number += 1
                log = try LineLog(path: path(), limit: EndpointLogs.streamLimit).writer()
            }
            let others = known.map { "\(folder)/\($0)" }.filter { $0 != path() }
                .sorted { EndpointLogs.modified($0) > EndpointLogs.modified($1) }
            for old in others.dropFirst(EndpointLogs.streamCount - 1) {
                try? FileManager.default.removeItem(atPath: old)
            }
            return log
        }
    }
}
