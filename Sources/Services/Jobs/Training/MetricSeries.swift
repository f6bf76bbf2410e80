package import Definitions
package import Foundation
import LineLogs

/// The metrics of training jobs over time: one ``LineLog`` per job, with lines `<value> <metric>`.
///
/// A log that is full keeps the first values. The last value of each metric is in the job itself.
package struct MetricSeries: Sendable {
    /// Bytes per job: about 300,000 values.
    private static let limit = 16 << 20
    /// Values that are read at once.
    private static let pageSize = 10_000

    private let folder: String

    init(folder: String) { self.folder = folder }

    private func log(of job: String) throws -> LineLog {
        try Name.check(job, what: "job name", field: "name")
        return LineLog(path: "\(folder)/\(job)", limit: Self.limit)
    }

    /// Opens the series of a job for appending.
    func writer(of job: String) throws -> Writer { Writer(log: try log(of: job).writerOfJob()) }

    /// Calls `body` with each value of a metric that a job wrote from `start` until before `end`. It reads a file, so never call
    /// it on an event loop.
    package func forEach(
        _ metric: String,
        of job: String,
        from start: Date,
        before end: Date,
        _ body: (MetricValue) -> Void
    ) throws {
        let log = try log(of: job)
        var position = 0
        while true {
            let page = try log.events(from: position, since: start, limit: Self.pageSize)
            for event in page.events {
                guard event.time < end else { return }
                let parts = event.message.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, parts[1] == metric, let value = Double(parts[0]) else { continue }
                body(MetricValue(name: metric, value: value, time: event.time))
            }
            guard page.next > position else { return }
            position = page.next
        }
    }

    /// Appends values to the series of a job.
    struct Writer: Sendable {
        fileprivate let log: LineLog.Writer

        func append(_ value: MetricValue) { log.append("\(value.value) \(value.name)", at: value.time) }
    }
}
