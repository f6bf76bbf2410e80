import Definitions
import Foundation
import NativeAPI
import Words

extension Overview.Item {
    /// Why it needs a person, with its numbers as pages write them.
    var words: String {
        switch kind {
        case .verdict: verdictWords ?? reason
        case .driftAlert: driftWords ?? reason
        default: reason
        }
    }

    private func number(_ name: String) -> Double? { details[name].flatMap { Double($0) } }

    private var verdictWords: String? {
        guard let challenger = details["challenger"], let champion = details["champion"],
            let metric = details["metric"], let mine = number("challenger_value"),
            let theirs = number("champion_value")
        else { return nil }
        if let broken = details["broken_guardrail"] {
            return
                "\(challenger) has broken the guardrail “\(MetricWords(GoalMetric(metric: broken, budgetMilliseconds: number("budget_ms"))).name)”."
        }
        let goal = GoalMetric(
            metric: metric,
            better: details["better"].flatMap { GoalMetric.Direction(rawValue: $0) },
            budgetMilliseconds: number("budget_ms")
        )
        let evidence = number("evidence").map { evidence in
            let bound = number("bound").map { "; \(Numbers.bound($0)) decides" } ?? ""
            return " The evidence is \(Numbers.evidence(evidence))\(bound)."
        }
        return MetricWords(goal).sentence((challenger, mine), (champion, theirs)) + (evidence ?? "")
    }

    private var driftWords: String? {
        guard let metric = details["metric"], let score = number("score"),
            let end = details["window_end"].flatMap({ NativeCoding.date($0) }),
            let statistic = details["statistic"].flatMap({ AssayDefinition.Statistic(rawValue: $0) })
        else { return nil }
        let threshold = number("threshold").map { "; an alert from \(Numbers.measure($0))" } ?? ""
        let hasEnded = details["values_ended"] != nil
        return "\(statistic.words.prefix(1).uppercased() + statistic.words.dropFirst()) of \(metric) is "
            + "\(Numbers.measure(score)) in the window until \(Moment.clock(end).prefix(5)) UTC\(threshold)."
            + (hasEnded ? " No window since had enough values." : "")
            + (details["paused"] != nil ? " The assay is paused." : "")
    }
}
