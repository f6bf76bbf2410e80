import Definitions
import Foundation
import NativeAPI
import Words

/// Shadow reports as tables.
extension Page {
    mutating func add(_ shadow: ShadowReport, _ kind: ReportRequest.Kind) {
        if shadow.challengers.isEmpty {
            add("")
            add("No inference of a challenger is in the window.")
        }
        let versions = Identifiers.short(shadow.challengers.flatMap { [$0.modelVersion, $0.championVersion] })
        for comparison in shadow.challengers { add(comparison, versions, kind) }
    }

    private mutating func add(
        _ comparison: ShadowComparison,
        _ versions: [String: String],
        _ kind: ReportRequest.Kind
    ) {
        title(kind.heading(comparison))
        var facts = [
            ("requests", "\(Numbers.count(comparison.requests)), with \(Numbers.count(comparison.rows, "row"))")
        ]
        if let decision = comparison.decision { facts.append(("decision", decision)) }
        facts.append(("same decision", Numbers.rate(comparison.agreement)))
        if let differences = comparison.differences {
            facts.append(
                (
                    "|difference|",
                    "mean \(Numbers.measure(differences.mean)), p95 \(Numbers.measure(differences.p95)), "
                        + "largest \(Numbers.measure(differences.largest))"
                )
            )
        }
        let correlation = comparison.rankCorrelation.map(Numbers.measure) ?? "not defined"
        facts.append(("rank correlation", correlation))
        if let labels = comparison.labels { facts += Self.facts(of: labels, kind) }
        self.facts(facts)

        let accuracies = [comparison.labels?.championAccuracy, comparison.labels?.challengerAccuracy]
        table(
            ["", "MODEL", "FAILED", "RIGHT", "P50 MS", "P95 MS", "P99 MS"],
            [
                (
                    "champion", comparison.champion, comparison.championVersion, comparison.championFailures,
                    comparison.championLatency, accuracies[0]
                ),
                (
                    kind.challenger, comparison.model, comparison.modelVersion,
                    comparison.failures, comparison.latency,
                    accuracies[1]
                ),
            ].map { role, model, version, failures, latency, accuracy in
                [
                    role, Self.cell(model) + "@" + (versions[version] ?? version), Numbers.percent(failures?.value),
                    Numbers.percent(accuracy?.value), Numbers.measure(latency?.p50), Numbers.measure(latency?.p95),
                    Numbers.measure(latency?.p99),
                ]
            },
            numbers: [2, 3, 4, 5, 6]
        )
        if let goal = comparison.goal { add(goal, kind) }
        if !comparison.disagreements.isEmpty {
            table(
                ["LARGEST DIFFERENCES", "ROW", "TIME, UTC", "CHAMPION", kind.challenger.uppercased(), "DIFFERENCE"],
                comparison.disagreements.prefix(10).map {
                    [
                        $0.id, "\($0.row)", Moment.second($0.time), Numbers.measure($0.champion),
                        Numbers.measure($0.challenger), Numbers.signed($0.challenger - $0.champion),
                    ]
                },
                numbers: [1, 3, 4, 5]
            )
        }
    }

    private mutating func add(_ goal: PairedComparison, _ kind: ReportRequest.Kind) {
        let metric = MetricWords(goal.goal)
        var facts = [
            ("goal", metric.goal(isDeclared: goal.isDeclared)),
            ("units", "\(Numbers.count(goal.units)), \(Numbers.count(goal.differing)) differ"),
            (kind.challenger, metric.estimate(goal.challengerGoal)), ("champion", metric.estimate(goal.championGoal)),
            ("difference", metric.difference(goal.difference)),
        ]
        facts += Self.evidence(better: goal.better, worse: goal.worse, alpha: goal.alpha, problem: goal.evidenceProblem)
        add("")
        self.facts(facts)
    }

    private static func facts(
        of labels: ShadowComparison.LabeledPairs,
        _ kind: ReportRequest.Kind
    ) -> [(String, String)] {
        var facts = [
            (
                "labeled rows",
                "\(Numbers.count(labels.pairs)); only the \(kind.challenger) right \(Numbers.count(labels.onlyChallenger)), "
                    + "only the champion right \(Numbers.count(labels.onlyChampion))"
            )
        ]
        if let p = labels.exactP { facts.append(("McNemar, exact", "p \(Numbers.probability(p))")) }
        if let evidence = labels.evidence {
            facts.append(
                (
                    "at any time",
                    "E \(Numbers.evidence(evidence.maximum)) of 20, p \(Numbers.probability(evidence.pValue))"
                )
            )
        }
        return facts
    }
}
