import Definitions
import Foundation
import NativeAPI
import Words

/// Quality reports and counterfactual answers as tables.
extension Page {
    /// The usual order of metrics; others follow by name.
    private static let metricOrder = [
        "accuracy", "precision", "recall", "f1", "macro_f1", "weighted_f1", "roc_auc", "log_loss", "rmse", "mae", "r2",
        "outcome_mean", "score_outcome_correlation", "score_outcome_rank_correlation",
    ]

    mutating func add(_ report: QualityReport) {
        title("Quality of pipeline \(report.pipeline)")
        let start = report.start.map { "from \(Output.time($0))" } ?? "from the beginning of the log"
        let counts = report.counts
        var facts = [
            ("window", "\(start) to \(Output.time(report.end)) UTC"),
            (
                "prediction",
                report.prediction + (report.threshold.map { ", positive from \(Numbers.chosen($0))" } ?? "")
            ),
            ("task", report.task?.rawValue ?? "unknown: no label fits"),
            (
                "labeled",
                "\(Numbers.count(counts.labeledRows)) of \(Numbers.count(counts.rows)) rows in "
                    + "\(Numbers.count(counts.inferences)) inferences"
            ),
        ]
        let others = [
            (counts.waitingLabels, "waiting"), (counts.droppedLabels, "dropped"), (counts.wrongType, "of a wrong type"),
            (counts.wrongRows, "with a wrong number of rows"), (counts.repeatedIDs, "repeated ids"),
        ].filter { $0.0 > 0 }
        if !others.isEmpty {
            facts.append(
                ("other labels", others.map { "\(Numbers.count($0.0)) \($0.1)" }.joined(separator: ", "))
            )
        }
        if let p = report.labeledShareP {
            facts.append(("labeled shares", "p \(Numbers.probability(p)) for equal shares"))
        }
        self.facts(facts)
        if report.groups.isEmpty {
            add("")
            add("No inference is in the window.")
        }
        addGroups(of: report)
        addMistakes(of: report)
        list("Notes", report.notes)
    }

    /// Adds the metrics beside the groups, or below them if there are few. A table that is too wide is divided.
    private mutating func addGroups(of report: QualityReport) {
        let groups = report.groups
        guard !groups.isEmpty else { return }
        let names = Set(groups.flatMap(\.metrics.keys))
        let metrics =
            Self.metricOrder.filter(names.contains) + names.subtracting(Self.metricOrder).sorted()
        let versions = Identifiers.short(groups.map(\.modelVersion))
        var keys: [(String, (QualityReport.Group) -> String)] = [
            ("MODEL", { Self.cell($0.model) + "@" + (versions[$0.modelVersion] ?? $0.modelVersion) })
        ]
        if groups.contains(where: { $0.variant != nil }) { keys.append(("VARIANT", { $0.variant ?? Numbers.none })) }
        if groups.contains(where: { $0.period != nil }) {
            keys.append(("PERIOD", { $0.period.map(Moment.minute) ?? "all" }))
        }
        if groups.contains(where: { $0.slice != nil }) { keys.append(("SLICE", { $0.slice ?? "all" })) }
        let facts: [(String, (QualityReport.Group) -> String)] =
            [("ROWS", { Numbers.count($0.rows) }), ("LABELED", { Numbers.count($0.labeledRows) })]
            + metrics.map { name in (name.uppercased(), { $0.metrics[name].map(Self.text) ?? Numbers.none }) }
        if groups.count <= 3 {
            table(
                [""] + groups.map { group in keys.map { $0.1(group) }.joined(separator: " ") },
                facts.map { fact in [fact.0.lowercased()] + groups.map(fact.1) },
                numbers: Set(groups.indices.map { $0 + 1 })
            )
            return
        }
        table(
            keys.map(\.0) + facts.map(\.0),
            groups.map { group in (keys + facts).map { $0.1(group) } },
            numbers: Set(facts.indices.map { $0 + keys.count }),
            keys: keys.count
        )
    }

    /// Four decimals for what is usually between 0 and 1.
    private static func text(_ metric: Double) -> String {
        metric.magnitude < 10 ? Numbers.fixed(metric, 4) : Numbers.measure(metric)
    }

    private mutating func addMistakes(of report: QualityReport) {
        guard !report.mistakes.isEmpty else { return }
        table(
            ["WORST MISTAKES", "ROW", "TIME", "PREDICTION", "SCORE", "LABEL", "LOSS"],
            report.mistakes.map {
                [
                    $0.id, "\($0.row)", Output.time($0.time), $0.prediction,
                    $0.score.map(Numbers.measure) ?? Numbers.none,
                    $0.label, Numbers.measure($0.loss),
                ]
            },
            numbers: [1, 4, 6]
        )
    }

    // MARK: Counterfactuals

    mutating func add(_ report: CounterfactualReport) {
        title("What if: pipeline \(report.pipeline)")
        facts([
            ("policy", report.policy), ("metric", MetricWords(report.metric).name),
            (
                "effective size",
                "\(Numbers.count(Int(saturating: report.effectiveSampleSize.rounded()))) equally weighted units"
                    + (report.isUnreliable ? ": TOO FEW to rely on" : "")
            ),
        ])
        let rows = [
            ("observed", report.observed), ("inverse propensity", report.inversePropensity),
            ("self-normalized", report.selfNormalized),
        ]
        let decimals = Numbers.decimals(rows.map(\.1))
        table(
            ["ESTIMATE", "UNITS", "METRIC"],
            rows.map { name, estimate in
                [name, estimate.map { Numbers.count($0.count) } ?? Numbers.none, Numbers.estimate(estimate, decimals)]
            },
            numbers: [1]
        )
        list("Notes", report.notes)
    }
}
