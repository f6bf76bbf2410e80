import Definitions
import Foundation
import InferenceLog
import Pipelines

extension Monitoring {
    /// Compares the challengers of the log with their champions. Blocks.
    func makeShadowReport(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String,
        excluding excluded: Set<UInt64>
    ) throws -> MadeReport {
        _ = try window(start: request.start, end: request.end)
        if let settings = subject.settings.labels { _ = try Prediction(settings, subject.layout) }
        let goal = try pairedGoal(request, subject)
        let start = milliseconds(request.start ?? subject.pipeline.createdAt)
        let end = milliseconds(request.end ?? time) + (request.end == nil ? 1 : 0)
        let (batches, table) = labeledLog(of: subject, LogWindow(start: start, end: end), labelsUntil: time)
        var gatherer = ShadowGatherer(subject, goal: goal.settings, excluding: excluded)
        let pairs = gatherer.gather(batches, table)
        var notes = [
            "The champion's latency is that of the whole request; a challenger's is that of its model, which runs after the response."
        ]
        notes += goal.notes + Self.notes(on: pairs, table)
        if gatherer.unpaired > 0 {
            notes.append(
                "\(gatherer.unpaired) entries of challengers are left out, because their champion's is not in the window."
            )
        }
        let report = Report(
            id: id,
            pipeline: subject.name,
            createdAt: time,
            kind: .shadow,
            start: Date(milliseconds: start),
            end: Date(milliseconds: end),
            entries: gatherer.entries,
            notes: notes,
            experiment: nil,
            shadow: pairs.report
        )
        return MadeReport(report, request, subject, start: start, end: end, pairs, excluding: excluded)
    }
}
