package import Definitions
import Foundation
import InferenceLog

extension Monitoring {
    /// Returns the differences between the scores of each challenger of a report and its champion, row by row, as far as the log
    /// still holds them: the challenger's score minus the champion's.
    ///
    /// - Parameter id: The identifier of a report on a shadow deploy, or the beginning of it.
    package func scoreDifferences(of id: String) async throws -> (report: Report, differences: [[Double]]) {
        let stored = try await stored(id)
        let report = stored.report
        guard report.kind == .shadow, let challengers = report.shadow?.challengers else {
            throw RoostError(
                .invalidInput,
                "Report '\(report.id.prefix(8))' is not on a shadow deploy. Only the log of one holds differences.",
                field: "report"
            )
        }
        let inputs = try JSONDecoder().decode(ReportInputs.self, from: Data(stored.inputs.utf8))
        let subject = try await subject(report.pipeline).with(inputs.pipelineVersion)
        let differences = try await compute { [self] in
            let window = LogWindow(start: inputs.start, end: inputs.end)
            let (batches, table) = labeledLog(of: subject, window, labelsUntil: report.createdAt)
            var gatherer = ShadowGatherer(subject)
            _ = gatherer.gather(batches, table)
            return challengers.map { gatherer.differences(of: $0) }
        }
        return (report, differences)
    }
}
