import Catalog
import Definitions
import Foundation
import InferenceLog

/// Assays of one pipeline whose windows are the same, so that the log is read once for all of them.
struct AssayRun: Sendable {
    /// One of the assays, ready to look at a window.
    struct Item: Sendable {
        let source: AssaySource
        let comparison: AssayComparison
    }

    let subject: Monitoring.Subject
    let start: Date
    let end: Date
    let items: [Item]

    /// Returns the result of each assay. Blocks.
    func results(_ monitoring: Monitoring, at time: Date) -> [AssayResult] {
        let window = LogWindow(start: start.milliseconds, end: end.milliseconds)
        let (batches, labels) = monitoring.batches(of: subject, window, items.map(\.source))
        return items.map { item in
            // One at a time, because the values of a window take memory.
            let values = item.source.values(batches, labels, subject.layout)
            return item.comparison.result(values, from: start, to: end, at: time)
        }
    }
}

extension Monitoring {
    /// Reads a window of the log, and the labels if one of the sources needs them. Blocks.
    func batches(
        of subject: Subject,
        _ window: LogWindow,
        _ sources: [AssaySource]
    ) -> (batches: [LogBatch], labels: LabelTable?) {
        guard sources.contains(where: \.needsLabels) else { return (Array(log.batches(of: subject.name, window)), nil) }
        let (batches, table) = labeledLog(of: subject, window)
        return (batches, table)
    }

    /// Reads the values of the log in a window. Blocks.
    func values(_ source: AssaySource, of subject: Subject, from start: Date, to end: Date) -> AssayValues {
        let window = LogWindow(start: start.milliseconds, end: end.milliseconds)
        let (batches, labels) = batches(of: subject, window, [source])
        return source.values(batches, labels, subject.layout)
    }
}
