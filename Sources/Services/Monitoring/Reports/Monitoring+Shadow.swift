import Definitions
import Foundation
import InferenceLog
import Pipelines

extension Monitoring {
    /// Compares the challengers of the log with their champions. Blocks.
    ///
    /// - Throws: ``RoostError`` if the window has no challengers.
    func makeShadowReport(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String
    ) throws -> (Report, ReportInputs) {
        _ = try window(start: request.start, end: request.end)
        if request.goal != nil || request.guardrails != nil || request.experiment != nil {
            throw RoostError(
                .invalidInput,
                "A shadow report takes only 'start' and 'end'. What counts as a decision is the pipeline's 'labels'.",
                field: request.goal != nil ? "goal" : request.guardrails != nil ? "guardrails" : "experiment"
            )
        }
        if let settings = subject.settings.labels { _ = try Prediction(settings, subject.layout) }
        let start = milliseconds(request.start ?? subject.pipeline.createdAt)
        let end = milliseconds(request.end ?? time) + (request.end == nil ? 1 : 0)
        let (batches, table) = labeledLog(of: subject, LogWindow(start: start, end: end), labelsUntil: time)
        var gatherer = ShadowGatherer(subject)
        let shadow = gatherer.gather(batches, table)
        guard !shadow.challengers.isEmpty else {
            throw RoostError(
                .invalidInput,
                "Not enough data: the log of pipeline '\(subject.name)' has no challengers in this window.",
                field: "start"
            )
        }
        var notes = [
            "The champion's latency is that of the whole request; a challenger's is that of its model, which runs after the response."
        ]
        if gatherer.unpaired > 0 {
            notes.append(
                "\(gatherer.unpaired) entries of challengers are left out, because their champion's is not in the window."
            )
        }
        if table.repeatedIDs > 0 {
            notes.append(
                "\(table.repeatedIDs) labeled inferences have an id that a newer one has too. The label joins the newest."
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
            shadow: shadow
        )
        return (report, ReportInputs(request: request, start: start, end: end, experiment: nil))
    }
}
