import Definitions
import Foundation
import Pipelines
import Statistics

/// The verdict in a sentence.
extension ExperimentReporter {
    func reason(
        _ verdict: Statistics.Verdict,
        _ comparison: ArmComparison,
        _ champion: ExperimentInputs.Tally,
        _ challenger: ExperimentInputs.Tally
    ) -> String {
        let values = values(champion, challenger)
        switch verdict {
        case .invalid:
            return "The arms did not get the units that the shares promise, so nothing can be concluded."
        case .worse(.guardrail):
            guard let broken = comparison.guardrails.first(where: \.isBroken) else { return "" }
            let name = broken.metric.metric.metric
            let value = broken.challenger.map { text($0.value) } ?? "unknown"
            if let limit = broken.metric.limit {
                return "The guardrail '\(name)' is broken: \(value), above its limit of \(text(limit))."
            }
            return "The guardrail '\(name)' is broken: \(value), against the champion's "
                + "\(broken.champion.map { text($0.value) } ?? "unknown")."
        case .better, .worse(.goal):
            let evidence = verdict == .better ? comparison.better : comparison.worse
            return "The goal is \(verdict == .better ? "better" : "worse"): \(values). The evidence is "
                + "\(text(evidence?.maximum ?? 0)); \(text(1 / comparison.alpha)) decides."
        case .noDifference:
            return
                "The difference is less than \(text(goal.settings.smallestEffect ?? 0)) either way: \(values)."
        case .notEnoughData:
            if inputs.entries == 0 { return "The log has no inferences of this experiment." }
            if inputs.arms.contains(where: { $0.goal.count == 0 }) {
                return goal.needsLabel
                    ? "Not every arm has labeled inferences yet." : "Not every arm has outcomes of the goal yet."
            }
            if let problem = comparison.evidenceProblem { return "The goal cannot decide. \(problem)" }
            return "The evidence is \(text(comparison.better?.maximum ?? 1)) for better and "
                + "\(text(comparison.worse?.maximum ?? 1)) for worse; \(text(1 / comparison.alpha)) decides."
        }
    }

    private func values(_ champion: ExperimentInputs.Tally, _ challenger: ExperimentInputs.Tally) -> String {
        guard let champion = champion.moments?.mean, let challenger = challenger.moments?.mean else {
            return "no outcomes"
        }
        return "\(text(challenger)) against \(text(champion))"
    }

    /// Four significant digits.
    func text(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        if value.magnitude >= 1e6 { return String(format: "%.3g", value) }
        let digits = max(0, 3 - Int(saturating: log10(value.magnitude).rounded(.down)))
        let text = String(format: "%.\(min(digits, 12))f", value)
        guard text.contains(".") else { return text }
        return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
    }
}
