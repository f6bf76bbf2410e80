import Definitions
import Foundation
import NativeAPI

/// Shadow reports as tables.
extension Page {
    mutating func add(_ shadow: ShadowReport, _ kind: ReportRequest.Kind) {
        if shadow.challengers.isEmpty {
            add("")
            add("No inference of a challenger is in the window.")
        }
        let versions = Figures.short(ids: shadow.challengers.flatMap { [$0.modelVersion, $0.championVersion] })
        for comparison in shadow.challengers { add(comparison, versions, kind) }
    }

    private mutating func add(
        _ comparison: ShadowComparison,
        _ versions: [String: String],
        _ kind: ReportRequest.Kind
    ) {
        title(kind.heading(comparison))
        var facts = [
            ("inferences", "\(Figures.count(comparison.requests)), with \(Figures.count(comparison.rows)) rows")
        ]
        if let decision = comparison.decision { facts.append(("decision", decision)) }
        facts.append(("agreement", Figures.estimate(comparison.agreement)))
        if let differences = comparison.differences {
            facts.append(
                (
                    "differences",
                    "mean \(Figures.short(differences.mean)), p95 \(Figures.short(differences.p95)), "
                        + "largest \(Figures.short(differences.largest))"
                )
            )
        }
        let correlation = comparison.rankCorrelation.map { Figures.fixed($0, 4) } ?? "not defined"
        facts.append(("rank correlation", correlation))
        if let labels = comparison.labels { facts += Self.facts(of: labels, comparison) }
        self.facts(facts)

        let failureDecimals = Figures.decimals([comparison.championFailures, comparison.failures])
        let accuracies = [comparison.labels?.championAccuracy, comparison.labels?.challengerAccuracy]
        let accuracyDecimals = Figures.decimals(accuracies)
        table(
            ["", "MODEL", "FAILURES", "P50 MS", "P95 MS", "P99 MS", "ACCURACY"],
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
                    role, Self.cell(model) + "@" + (versions[version] ?? version),
                    Figures.estimate(failures, failureDecimals),
                    Figures.latency(latency?.p50), Figures.latency(latency?.p95),
                    Figures.latency(latency?.p99), Figures.estimate(accuracy, accuracyDecimals),
                ]
            },
            numbers: [3, 4, 5]
        )
        if let goal = comparison.goal { add(goal, kind) }
        if !comparison.disagreements.isEmpty {
            table(
                ["LARGEST DIFFERENCES", "ROW", "TIME", "CHAMPION", "CHALLENGER"],
                comparison.disagreements.prefix(10).map {
                    [
                        $0.id, "\($0.row)", Output.time($0.time), Figures.short($0.champion),
                        Figures.short($0.challenger),
                    ]
                },
                numbers: [1, 3, 4]
            )
        }
    }

    private mutating func add(_ goal: PairedComparison, _ kind: ReportRequest.Kind) {
        let decimals = Figures.decimals([goal.championGoal, goal.challengerGoal])
        let needed = goal.alpha > 0 ? " (decides from \(Figures.evidence(1 / goal.alpha)))" : ""
        var facts = [
            (
                "goal",
                "\(goal.goal.summary) (\(goal.isDeclared ? "declared in the definition" : "chosen for this report"))"
            ),
            ("units", "\(Figures.count(goal.units)), of which \(Figures.count(goal.differing)) differ"),
            ("champion", Figures.estimate(goal.championGoal, decimals)),
            (kind.challenger, Figures.estimate(goal.challengerGoal, decimals)),
            ("difference", Figures.estimate(goal.difference, sign: true)),
        ]
        if goal.difference?.interval != nil { facts[facts.count - 1].1 += " for a fixed sample" }
        if let problem = goal.evidenceProblem {
            facts.append(("evidence", problem))
        } else {
            facts += [("better", Self.text(goal.better, needed)), ("worse", Self.text(goal.worse, needed))]
        }
        add("")
        self.facts(facts)
    }

    private static func facts(
        of labels: ShadowComparison.LabeledPairs,
        _ comparison: ShadowComparison
    ) -> [(String, String)] {
        var facts = [
            (
                "labeled rows",
                "\(Figures.count(labels.pairs)); right only for the champion \(Figures.count(labels.onlyChampion)), "
                    + "only for the challenger \(Figures.count(labels.onlyChallenger))"
            )
        ]
        if let p = labels.exactP { facts.append(("McNemar's test", "\(Figures.p(p)) for a fixed sample")) }
        if let evidence = labels.evidence {
            facts.append(
                (
                    "at any time",
                    "evidence \(Figures.evidence(evidence.maximum)), \(Figures.p(evidence.pValue))"
                )
            )
        }
        return facts
    }
}
