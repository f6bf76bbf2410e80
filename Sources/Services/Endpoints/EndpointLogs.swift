import Definitions
import Foundation
import Jobs
import Platform
import Synchronization

/// What the programs behind endpoints print: a folder an endpoint, in it a folder a variant, in that a ``LineLog`` a stream.
///
/// A stream is of one model version's program. One that is full is followed by another; of a variant the newest few are kept.
/// Reading and removing them blocks: not for an event loop.
final class EndpointLogs: Sendable {
    /// Bytes of a stream.
    private static let streamLimit = 8 << 20
    /// Streams of a variant.
    private static let streamCount = 8

    private let folder: String
    private let writers = Mutex<[Writer]>([])

    init(folder: String, output: ProgramOutput) {
        self.folder = folder
        output.onLine { [weak self] version, line in
            // Outside of the lock: a slow disk keeps one program waiting, and not those of all endpoints.
            let writers = self?.writers.withLock { $0.filter { $0.source.version == version } } ?? []
            for writer in writers { writer.append(line) }
        }
    }

    /// Takes down what the programs of these states print from now on, and of the endpoint nothing else.
    func follow(_ endpoint: String, _ states: [EndpointState]) {
        let wanted = Set(
            states.flatMap { $0.variants + $0.shadows }.map {
                Source(endpoint: endpoint, variant: $0.name, version: $0.version)
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

    /// Removes what there is of an endpoint.
    func remove(_ endpoint: String) {
        follow(endpoint, [])
        try? FileManager.default.removeItem(atPath: "\(folder)/\(endpoint)")
    }

    /// Removes what a deletion that was cut short left.
    func removeAll(but endpoints: Set<String>) {
        for name in Self.names(in: folder) where !endpoints.contains(name) { remove(name) }
    }

    /// The streams of an endpoint, each `VARIANT/i-…`.
    func streams(of endpoint: String) -> [LogStream] {
        Self.names(in: "\(folder)/\(endpoint)").flatMap { variant in
            Self.names(in: "\(folder)/\(endpoint)/\(variant)").compactMap { name -> LogStream? in
                let path = "\(folder)/\(endpoint)/\(variant)/\(name)"
                let log = LineLog(path: path, limit: Self.streamLimit)
                return log.beginning.map {
                    LogStream(name: "\(variant)/\(name)", log: log, beginning: $0, lastEvent: Self.modified(path))
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

    /// Whose lines a writer takes.
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

        /// Opens the last stream of the version, or the one after that where it is full; the oldest ones of the variant go.
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
