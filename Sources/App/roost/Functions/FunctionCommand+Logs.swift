import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

extension FunctionCommand {
    struct Logs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the end of a function's log.",
            discussion: "The log of a function outlives it."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the function.", completion: ServerNames.functions) var name: String
        @Option(help: "Only lines from this time on: \(TimeAgo.forms).", transform: TimeAgo.date) var since: Date?
        @Option(help: "Only lines that contain this text.") var filter: String?
        @Option(name: [.short, .customLong("limit")], help: "Maximum number of lines.") var limit = 1000
        @Flag(name: .shortAndLong, help: "Keep printing until ^C.") var follow = false

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                var start = since
                let log = try await client.functionLog(name, since: start, limit: limit, filter: filter)
                if options.json, !follow { return try Output.json(log) }
                var lines = NewLines()
                try show(lines.take(log.events))
                guard follow else { return }
                start = NewLines.start(after: log.events, start, isCut: log.events.count == limit)
                while true {
                    // The server does not report new lines by itself.
                    try await Task.sleep(for: .seconds(1))
                    let log = try await client.functionLog(name, since: start, limit: Self.pageLimit, filter: filter)
                    try show(lines.take(log.events))
                    start = NewLines.start(after: log.events, start, isCut: log.events.count == Self.pageLimit)
                }
            }
        }

        private static let pageLimit = 10_000

        private func show(_ events: [FunctionLog.Event]) throws {
            for event in events {
                guard options.json else {
                    print("\(Output.time(event.time)) \(event.message)")
                    continue
                }
                Output.write(try NativeCoding.encoder.encode(event) + [UInt8(ascii: "\n")])
            }
        }
    }
}

/// Finds the lines of a log that an earlier response did not have.
///
/// A line has no number, and lines of several processes come in any order for a moment. So each response goes back a little, and
/// what was there before is counted.
struct NewLines {
    /// How much later than its time a line may appear in the log.
    private static let delay = 5.0

    private var seen: [FunctionLog.Event: Int] = [:]

    mutating func take(_ events: [FunctionLog.Event]) -> [FunctionLog.Event] {
        var counts: [FunctionLog.Event: Int] = [:]
        let new = events.filter { event in
            counts[event, default: 0] += 1
            return counts[event, default: 0] > seen[event, default: 0]
        }
        seen = counts
        return new
    }

    /// Returns the time from which the next response must have all lines.
    ///
    /// - Parameter isCut: Whether there were more lines than the response could have.
    static func start(after events: [FunctionLog.Event], _ start: Date?, isCut: Bool) -> Date? {
        guard let first = events.first, let last = events.last else { return start }
        return max(start ?? .distantPast, isCut ? first.time : .distantPast, last.time - delay)
    }
}
