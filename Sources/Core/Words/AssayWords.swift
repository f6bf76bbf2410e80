package import Definitions
import Foundation

extension Status {
    /// The state of an assay: paused, or what enough of its last windows said.
    package init(_ assay: Assay) {
        let level = Status(assay.level)
        guard assay.definition.isPaused else {
            self = level
            return
        }
        // A pause hides neither an alert nor a warning.
        let isBad = assay.level == .alert || assay.level == .warning
        self.init(isBad ? level.kind : .off, isBad ? level.word + ", paused" : "Paused")
    }
}

extension Assay {
    /// What it compares, and when.
    package var summary: String {
        let next =
            nextEnd.map { end in
                end > Date()
                    ? " The next one ends \(Moment(end).text)." : " The next one has ended, and is looked at soon."
            } ?? ""
        return
            "\(definition.metric) of \(definition.pipeline)\(definition.model.map { ", answered by \($0)" } ?? ""), compared by "
            + "\(definition.statisticWords) with a baseline of \(Numbers.count(baseline.count, "value")). Windows of "
            + "\(definition.window.words), \(definition.rhythm); an alert needs \(definition.alerts ?? AssayDefinition.defaultAlerts) of the "
            + "last \(definition.outOf ?? max(AssayDefinition.defaultOutOf, definition.alerts ?? 0)).\(next)"
    }
}

extension AssayDefinition.Statistic {
    /// Its name as people write it.
    package var words: String {
        switch self {
        case .psi: "PSI"
        case .kolmogorovSmirnov: "KS distance"
        case .wasserstein: "Wasserstein / σ"
        case .jensenShannon: "Jensen–Shannon distance"
        case .chiSquared: "Cramér’s V"
        case .lInfinity: "L∞"
        case .robustLInfinity: "L∞ less noise"
        case .maximumDifference: "largest difference"
        case .sumOfDifferences: "sum of differences"
        case .mean: "difference of means"
        }
    }
}

extension AssayDefinition {
    /// The statistic, or the one that fits the metric if none was chosen.
    package var statisticWords: String {
        if let statistic { return statistic.words }
        let isMean =
            ["errors", "check_failures", "latency", "accuracy"].contains(metric) || Self.qualityMetrics.contains(metric)
        return (isMean ? Statistic.mean : Statistic.psi).words
    }

    /// How often a window ends.
    package var rhythm: String {
        if let cron { return "at \(cron) (cron, UTC)" }
        return "every \((every ?? window).words)"
    }
}

extension AssayResult {
    /// Why, with the name of the statistic as people write it.
    package var sentence: String {
        let statistic = AssayDefinition.Statistic.allCases.first { reason.hasPrefix($0.rawValue + " ") }
        guard let statistic else { return reason }
        let words = statistic.words.prefix(1).uppercased() + statistic.words.dropFirst()
        return words + reason.dropFirst(statistic.rawValue.count)
    }
}

extension AssayResult {
    /// What is said of the window, with its end.
    package var verdict: Verdict {
        Verdict(word: "\(Moment.title(end)): \(Words.Status(status).word.lowercased())", sentence: sentence)
    }

    /// What is said of the window as the last one with enough values: also, that those that ended since had too few.
    ///
    /// - Parameter newest: The newest window of the assay.
    package func verdict(until newest: AssayResult?) -> Verdict {
        var verdict = verdict
        if let newest, newest.end > end, status != .notEnoughData {
            verdict.sentence += " No window since had enough values."
        }
        return verdict
    }

    /// The values of the baseline beside those of the window.
    package var compared: [(name: String, baseline: String, window: String)] {
        func row(_ name: String, _ value: (AssayResult.Summary) -> String) -> (String, String, String) {
            (name, value(baseline), value(window))
        }
        var rows = [row("Values") { Numbers.count($0.count) }, row("Missing") { Numbers.percent($0.missingShare) }]
        guard baseline.mean != nil || window.mean != nil else { return rows }
        rows += [
            row("Median") { Numbers.measure($0.median) }, row("Mean") { Numbers.measure($0.mean) },
            row("Standard deviation") { Numbers.measure($0.deviation) },
            row("Smallest") { Numbers.measure($0.minimum) },
            row("Largest") { Numbers.measure($0.maximum) },
        ]
        return rows
    }
}

extension AssayResult.Bin {
    /// up to 1 010; 1 010 – 1 220; over 3 470; or a category.
    package var name: String {
        if let category { return category.isEmpty ? "(empty)" : category }
        switch (lower, upper) {
        case (nil, let upper?): return "up to \(Numbers.measure(upper))"
        case (let lower?, nil): return "over \(Numbers.measure(lower))"
        case (let lower?, let upper?): return "\(Numbers.measure(lower)) – \(Numbers.measure(upper))"
        case (nil, nil): return "all others"
        }
    }
}

extension AssayPreview {
    /// What the assay would have said.
    ///
    /// - Parameter span: How far it looked back, such as `6 hours`; `nil` if that is not to be said.
    package func sentence(in span: String? = nil) -> String {
        let (alerts, warnings) = (results.count { $0.status == .alert }, results.count { $0.status == .warning })
        let empty = results.count { $0.status == .notEnoughData }
        let times = self.alerts.count == 1 ? "once" : "\(Numbers.count(self.alerts.count)) times"
        return
            "\(Numbers.count(results.count, "window")) ended\(span.map { " in the last \($0)" } ?? ""): "
            + "\(Numbers.count(alerts, "alert")), \(Numbers.count(warnings, "warning")), \(Numbers.count(empty)) without enough "
            + "data. The assay would \(self.alerts.isEmpty ? "not have alerted" : "have alerted \(times)"). The baseline has "
            + "\(Numbers.count(baseline.count, "value"))."
    }
}
