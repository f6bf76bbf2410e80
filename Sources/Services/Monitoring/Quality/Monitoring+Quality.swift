package import Definitions
package import Foundation
import InferenceLog
import Pipelines
import Platform

/// What a quality report is to be about.
package struct QualityQuery: Sendable {
    /// Inclusive.
    package var start: Date?
    /// Exclusive.
    package var end: Date?
    package var model: String?
    /// An element that divides the rows into slices, such as `inputs.age`.
    package var by: String?
    /// The number of slices of a numeric element.
    package var bins = 5
    /// The length of a period in seconds.
    package var every: Int?
    /// The number of mistakes to list.
    package var worst = 10

    package init() {}
}

extension Monitoring {
    /// Compares what a pipeline's models answered with the labels.
    ///
    /// - Throws: ``RoostError`` if the query does not fit the pipeline.
    package func quality(of name: String, _ query: QualityQuery) async throws -> QualityReport {
        let subject = try await subject(name)
        let window = try window(start: query.start, end: query.end)
        let prediction = try Prediction(subject.settings.labels, subject.layout)
        let slicer = try query.by.map { by throws(RoostError) in try Slicer(by, bins: query.bins, subject.layout) }
        return try await compute { [self] in
            var window = window
            let end = query.end ?? now()
            if window.end == nil { window.end = milliseconds(end) + 1 }
            var table = LabelTable(labels, of: name, wait: subject.wait)
            let isWindowed = query.start != nil || query.end != nil
            var everywhere = table
            let batches = Array(log.batches(of: name, window))
            table.join(batches)
            // Labels of other windows do not wait.
            if isWindowed { everywhere.join(log.batches(of: name)) }
            var gatherer = QualityGatherer(subject, prediction, slicer, query)
            gatherer.gather(batches, table)
            let unmatched = (isWindowed ? everywhere : table).unmatched(now: milliseconds(now()))
            gatherer.counts.waitingLabels = unmatched.waiting
            gatherer.counts.droppedLabels = unmatched.dropped
            gatherer.counts.repeatedIDs = table.repeatedIDs
            return gatherer.report(batches, end: end)
        }
    }
}
