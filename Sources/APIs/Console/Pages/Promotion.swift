import Definitions
import Foundation
import NativeAPI
import Words

/// What is known of a challenger that somebody wants to promote.
extension ExperimentPages {
    /// Returns what speaks against a promotion, or is not yet the case; empty if all conditions are met.
    ///
    /// - Parameter id: The report that the promotion is based on; empty for the newest.
    func doubts(about challenger: String, _ id: String, _ pipeline: Pipeline, _ version: PipelineVersion) async throws
        -> [String]
    {
        let kind: ReportRequest.Kind = version.experiment == nil ? .shadow : .experiment
        guard let chosen = try await id.isEmpty ? api.reports(of: pipeline.name, kind).first?.id : id else {
            return ["There is no report yet, so nothing says whether \(challenger) is better."]
        }
        let report = try await api.get("/v1/reports/\(ConsoleAPI.escaped(chosen))", as: Report.self)
        guard report.pipeline == pipeline.name else {
            throw RoostError(.notFound, "There is no report '\(chosen.prefix(80))' on '\(pipeline.name)'.")
        }
        if let pair = report.shadow?.challengers.first(where: { $0.name == challenger }) {
            return pair.verdict == .better ? [] : ["Verdict: \(pair.headline.lowercased())."]
        }
        guard let found = report.experiment,
            let comparison = found.comparisons.first(where: { $0.challenger == challenger })
        else { return ["The report does not compare \(challenger)."] }
        let gate = await gate(of: pipeline.name, found, in: version)
        let view = ComparisonView(
            comparison,
            report,
            found,
            MetricWords(found.goal),
            isOne: true,
            gate: gate.map { $0[challenger] },
            canPromote: false
        )
        let isEarlier = found.experiment != version.experiment?.id
        return (isEarlier ? ["The report is on an earlier experiment."] : []) + view.unmet.map { "\($0)." }
    }
}

extension ComparisonView {
    /// The conditions for a promotion that are not met: “A full week: not yet (4 min of 7 d)”.
    var unmet: [String] {
        conditions.filter { $0.outcome.kind != .ok }
            .map { "\($0.name): \($0.outcome.word.lowercased()) (\($0.value))" }
    }
}
