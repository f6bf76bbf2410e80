import Definitions
import Encodings
package import Foundation
import LineLogs

/// The log of a function as one list of lines, across its processes.
extension FunctionLogs {
    package struct Line: Sendable, Equatable {
        package let time: Date
        /// The name of the stream that has the line.
        package let stream: String
        package let message: String
    }

    /// Returns the last lines of a function's log, oldest first.
    ///
    /// - Parameters:
    ///   - since: The time of the earliest line.
    ///   - limit: The maximum number of lines.
    ///   - filter: Text that a line must contain.
    package func lines(
        of function: String,
        since: Date? = nil,
        limit: Int,
        containing filter: String? = nil
    ) throws -> [Line] {
        // Times in a log are whole milliseconds.
        let since = since.map { Date(milliseconds: $0.milliseconds) }
        var found: [Line] = []
        for stream in streams(of: function).sorted(by: { $0.lastEvent > $1.lastEvent }) {
            // A file's time may be a little older than the time of its last line, which was written later than it was taken.
            let end = stream.lastEvent.addingTimeInterval(1)
            if let since, end < since { break }
            // The streams from here on end before the lines that there are.
            if found.count >= limit, let first = found.first, end < first.time { break }
            found += try Self.lines(of: stream, since: since, limit: limit, containing: filter)
            // Lines of one stream that have the same time stay in their order.
            found = found.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
                .map(\.element).suffix(limit)
        }
        return Array(found.suffix(bytes: LineLog.pageBytes) { $0.message.utf8.count })
    }

    /// Returns the last lines of a stream.
    private static func lines(of stream: Stream, since: Date?, limit: Int, containing filter: String?) throws -> [Line]
    {
        var found: [Line] = []
        var position = 0
        while true {
            let (events, next) = try stream.log.events(from: position, since: since, limit: 10_000)
            for event in events {
                let message = text(of: event.message)
                if let filter, !message.containsBytes(of: filter) { continue }
                found.append(Line(time: event.time, stream: stream.name, message: message))
            }
            if found.count > 2 * limit { found.removeFirst(found.count - limit) }
            guard next > position else { return Array(found.suffix(limit)) }
            position = next
        }
    }
}
