import Definitions
import Foundation
import NativeAPI

/// Reports as tables.
extension Page {
    mutating func add(_ report: Report) {
        title("\(report.kind.title) of pipeline \(report.pipeline)")
        var facts = [
            ("report", "\(report.id), made \(Output.time(report.createdAt)) UTC"),
            (
                "window",
                "\(Output.time(report.start)) to \(Output.time(report.end)) UTC, "
                    + "\(Figures.count(report.entries)) \(report.entries == 1 ? "inference" : "inferences")"
            ),
        ]
        if let experiment = report.experiment {
            let origin = experiment.isDeclared ? "declared in the definition" : "chosen for this report"
            facts.insert(
                ("experiment", "\(experiment.experiment), started \(Output.time(experiment.startedAt)) UTC"),
                at: 1
            )
            facts.append(("goal", "\(experiment.goal.summary) (\(origin))"))
            facts.append(("alpha", Figures.short(experiment.alpha)))
        }
        self.facts(facts)
        if let experiment = report.experiment { add(experiment) }
        if let shadow = report.shadow { add(shadow, report.kind) }
        list("Notes", report.notes)
    }

    // MARK: Experiments

    private mutating func add(_ experiment: ExperimentReport) {
        if experiment.arms.isEmpty {
            add("")
            add("No inference of the experiment is in the window.")
        } else {
            addArms(of: experiment)
        }
        if let ratio = experiment.sampleRatio, !experiment.arms.isEmpty { add(ratio, experiment.arms.map(\.name)) }
        for comparison in experiment.comparisons { add(comparison) }
        list("Rule", experiment.rule, isNumbered: true)
    }

    private mutating func addArms(of experiment: ExperimentReport) {
        let arms = experiment.arms
        let versions = Figures.short(ids: arms.map(\.modelVersion))
        let goalDecimals = Figures.decimals(arms.map(\.goal))
        let errorDecimals = Figures.decimals(arms.map(\.errors))
        let checkDecimals = Figures.decimals(arms.map(\.checkFailures))
        table(
            ["ARM", "MODEL", "SHARE", "UNITS", "REQUESTS", "OUTCOMES", "GOAL"],
            arms.enumerated().map { index, arm in
                [
                    Self.cell(arm.name) + (index == 0 ? " (champion)" : ""),
                    Self.cell(arm.model) + "@" + (versions[arm.modelVersion] ?? arm.modelVersion),
                    Figures.percent(arm.share),
                    Figures.count(arm.units), Figures.count(arm.requests), Figures.count(arm.outcomes),
                    Figures.estimate(arm.goal, goalDecimals),
                ]
            },
            numbers: [2, 3, 4, 5]
        )
        table(
            ["ARM", "ERRORS", "CHECK FAILURES", "P50 MS", "P95 MS", "LABELED"],
            arms.map { arm in
                [
                    Self.cell(arm.name), Figures.estimate(arm.errors, errorDecimals),
                    Figures.estimate(arm.checkFailures, checkDecimals), Figures.latency(arm.latency?.p50),
                    Figures.latency(arm.latency?.p95), Figures.percent(arm.labeled),
                ]
            },
            numbers: [3, 4, 5]
        )
    }

    /// Returns a name that leaves space for the numbers.
    static func cell(_ name: String) -> String { Output.fit(name, 24) }

    private mutating func add(_ ratio: SampleRatioCheck, _ arms: [String]) {
        let units = zip(zip(arms, ratio.observed), ratio.expected).map { arm, expected in
            "\(arm.0) \(Figures.count(arm.1)) (expected \(Figures.count(Int(saturating: expected.rounded()))))"
        }
        let p = ratio.chiSquaredP.map { ", chi-squared \(Figures.p($0))" } ?? ""
        add("")
        facts([
            (
                "sample ratio",
                "\(ratio.isAlarm ? "ALARM" : "as the shares promise"): \(units.joined(separator: ", ")); "
                    + "evidence \(Figures.evidence(ratio.evidence))\(p)"
            )
        ])
    }

    private mutating func add(_ comparison: ArmComparison) {
        title("\(comparison.challenger) against \(comparison.champion)")
        let decimals = Figures.decimals([comparison.difference])
        var facts = [("difference", Figures.estimate(comparison.difference, decimals, sign: true))]
        if comparison.difference?.interval != nil { facts[0].1 += " for a fixed sample" }
        if let sequence = comparison.sequence {
            facts.append(("at any time", Figures.interval(sequence, decimals, sign: true)))
        } else if let problem = comparison.sequenceProblem {
            facts.append(("at any time", problem))
        }
        if let problem = comparison.evidenceProblem {
            facts.append(("evidence", problem))
        } else {
            let needed = comparison.alpha > 0 ? " (decides from \(Figures.evidence(1 / comparison.alpha)))" : ""
            facts += [("better", comparison.better), ("worse", comparison.worse)].map { name, evidence in
                (name, Self.text(evidence, needed))
            }
        }
        if let test = comparison.fixedSample {
            facts.append(
                ("fixed sample", "\(test.name) \(Figures.short(test.statistic)), \(Figures.p(test.pValue))")
            )
        }
        if let p = comparison.labeledShareP { facts.append(("labeled shares", "\(Figures.p(p)) for equal shares")) }
        if let needed = comparison.sampleStillNeeded {
            facts.append(("still needed", "\(Figures.count(needed)) units of both arms together, for a fixed sample"))
        }
        self.facts(facts)
        addGuardrails(of: comparison)
        add("")
        sentence("Verdict: \(comparison.verdict.words). \(comparison.reason)", isBold: true)
    }

    static func text(_ evidence: ArmComparison.Evidence?, _ needed: String) -> String {
        guard let evidence else { return "-" }
        return "evidence \(Figures.evidence(evidence.maximum))\(needed), \(Figures.p(evidence.pValue))"
    }

    private mutating func addGuardrails(of comparison: ArmComparison) {
        guard !comparison.guardrails.isEmpty else { return }
        table(
            ["GUARDRAIL", Self.cell(comparison.champion), Self.cell(comparison.challenger), "EVIDENCE", "P", "STATE"],
            comparison.guardrails.map { guardrail in
                let decimals = Figures.decimals([guardrail.champion, guardrail.challenger])
                return [
                    guardrail.metric.summary, Figures.estimate(guardrail.champion, decimals),
                    Figures.estimate(guardrail.challenger, decimals),
                    guardrail.evidence.map { Figures.evidence($0.maximum) } ?? "-",
                    Figures.pValue(guardrail.evidence?.pValue), guardrail.isBroken ? "BROKEN" : "holds",
                ]
            },
            numbers: [3, 4]
        )
    }
}
