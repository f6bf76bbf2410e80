package import Definitions
import InferenceLog
import Pipelines

extension Monitoring {
    /// Says what changed between two windows of a pipeline's log: which inputs and outputs moved, and in which slices quality fell.
    ///
    /// - Throws: ``RoostError`` if the request does not fit the pipeline.
    package func diagnose(_ name: String, _ request: DiagnosisRequest) async throws -> Diagnosis {
        let subject = try await subject(name)
        let now = now()
        let spans = try request.spans(now: now)
        let window = try window(start: spans.window.start, end: spans.window.end)
        let baseline = try self.window(start: spans.baseline.start, end: spans.baseline.end)
        let prediction = try Prediction(subject.settings.labels, subject.layout)
        return try await compute { [self] in
            var maker = DiagnosisMaker(
                subject,
                prediction,
                request,
                spans,
                window: labeledLog(of: subject, window),
                baseline: labeledLog(of: subject, baseline),
                now: now
            )
            return try maker.make()
        }
    }
}
