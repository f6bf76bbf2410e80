package import Definitions

extension ReportRequest.Kind {
    /// What a report is called.
    package var title: String {
        switch self {
        case .experiment: "Experiment report"
        case .shadow: "Shadow report"
        case .replay: "Replay report"
        }
    }

    /// What the model is called that does not answer.
    package var challenger: String { self == .replay ? "candidate" : "challenger" }

    /// The heading of a challenger beside its champion.
    package func heading(_ comparison: ShadowComparison) -> String {
        self == .replay
            ? "\(comparison.name), replayed beside \(comparison.champion)"
            : "\(comparison.name) in the shadow of \(comparison.champion)"
    }
}

extension PairedComparison {
    /// What the units show, in sentences.
    package var summary: String {
        var text =
            "\(Numbers.count(units)) \(units == 1 ? "unit" : "units"), of which \(Numbers.count(differing)) differ."
        if difference != nil { text += " Difference \(MetricWords(goal).difference(difference))." }
        if let evidenceProblem { return "\(text) No evidence: \(evidenceProblem)" }
        if let better, let worse {
            text +=
                " Evidence at any time: better \(Numbers.evidence(better.maximum)), worse \(Numbers.evidence(worse.maximum)); "
                + "\(Numbers.bound(1 / alpha)) decides."
        }
        return text
    }
}
