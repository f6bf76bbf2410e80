import Definitions
import Foundation
import NativeAPI
import Words

/// Reports as tables.
extension Page {
    mutating func add(_ report: Report) {
        verdicts(of: report)
        title("\(report.kind.title) of pipeline \(report.pipeline)")
        var facts = [
            ("report", "\(report.id), made \(Moment.second(report.createdAt)) UTC"),
            (
                "window",
                "\(Moment.second(report.start)) to \(Moment.second(report.end)) UTC, "
                    + "\(Numbers.count(report.entries)) \(report.entries == 1 ? "inference" : "inferences")"
            ),
        ]
        if let experiment = report.experiment {
            let metric = MetricWords(experiment.goal)
            let length = Span.long(max(0, report.end.timeIntervalSince(experiment.startedAt)))
            facts.insert(
                ("experiment", "\(experiment.experiment), since \(Moment.second(experiment.startedAt)) UTC, \(length)"),
                at: 1
            )
            facts.append(("goal", metric.goal(isDeclared: experiment.isDeclared)))
            facts.append(("alpha", Numbers.chosen(experiment.alpha)))
        }
        self.facts(facts)
        if let experiment = report.experiment { add(experiment, until: report.end) }
        if let shadow = report.shadow { add(shadow, report.kind) }
        list("Notes", report.notes)
    }

    /// What each challenger has come to, before anything else.
    private mutating func verdicts(of report: Report) {
        for comparison in report.experiment?.comparisons ?? [] {
            guard let experiment = report.experiment else { continue }
            let isOne = experiment.comparisons.count == 1
            verdict(
                Status(comparison.verdict),
                comparison.words(in: experiment).sentence,
                of: isOne ? nil : comparison.challenger
            )
        }
        for comparison in report.shadow?.challengers ?? [] {
            let isOne = report.shadow?.challengers.count == 1
            verdict(
                Status(Status(comparison).kind, comparison.headline),
                comparison.sentence,
                of: isOne ? nil : comparison.name
            )
        }
    }

    // MARK: Experiments

    private mutating func add(_ experiment: ExperimentReport, until end: Date) {
        if experiment.arms.isEmpty {
            add("")
            add("No inference of the experiment is in the window.")
        } else {
            addArms(of: experiment)
        }
        for comparison in experiment.comparisons { add(comparison, experiment, until: end) }
        list("Rule", experiment.rule, isNumbered: true)
    }

    private mutating func addArms(of experiment: ExperimentReport) {
        let arms = experiment.arms
        let metric = MetricWords(experiment.goal)
        let versions = Identifiers.short(arms.map(\.modelVersion))
        title("Counts")
        table(
            ["MODEL", "", "SHARE", "UNITS", "OUTCOMES", metric.isRate ? "RATE" : "MEAN", interval(experiment.alpha)],
            arms.enumerated().map { index, arm in
                [
                    Self.cell(arm.name), index == 0 ? "champion" : "challenger", Numbers.share(arm.share),
                    Numbers.count(arm.units), Numbers.count(arm.outcomes), metric.value(arm.goal?.value),
                    metric.interval(arm.goal?.interval),
                ]
            },
            numbers: [2, 3, 4, 5]
        )
        table(
            ["MODEL", "VERSION", "LABELED", "FAILED", "CHECKS FAILED", "P50 MS", "P95 MS"],
            arms.map { arm in
                [
                    Self.cell(arm.name),
                    Self.cell(arm.model) + "@" + (versions[arm.modelVersion] ?? arm.modelVersion),
                    Numbers.percent(arm.labeled), Numbers.percent(arm.errors?.value),
                    Numbers.percent(arm.checkFailures?.value), Numbers.measure(arm.latency?.p50),
                    Numbers.measure(arm.latency?.p95),
                ]
            },
            numbers: [2, 3, 4, 5, 6]
        )
    }

    private func interval(_ alpha: Double) -> String { "\(Numbers.share(1 - alpha)) INTERVAL" }

    /// Returns a name that leaves space for the numbers.
    static func cell(_ name: String) -> String { Output.fit(name, 24) }

    private mutating func add(_ comparison: ArmComparison, _ experiment: ExperimentReport, until end: Date) {
        let metric = MetricWords(experiment.goal)
        title("\(comparison.challenger) against \(comparison.champion)")
        var facts = [("difference", metric.difference(comparison.difference?.value))]
        if let sequence = comparison.sequence {
            facts.append(("at any time", "\(metric.bare(sequence.lower)) to \(metric.bare(sequence.upper))"))
        } else if let problem = comparison.sequenceProblem {
            facts.append(("at any time", problem))
        }
        if let interval = comparison.difference?.interval {
            facts.append(("fixed sample", "\(metric.bare(interval.lower)) to \(metric.bare(interval.upper))"))
        }
        if let test = comparison.fixedSample {
            facts.append(
                ("", "\(test.name) \(Numbers.measure(test.statistic)), p \(Numbers.probability(test.pValue))")
            )
        }
        facts += Self.evidence(
            better: comparison.better,
            worse: comparison.worse,
            alpha: comparison.alpha,
            problem: comparison.evidenceProblem
        )
        if let needed = comparison.sampleStillNeeded {
            facts.append(("still needed", "\(Numbers.count(needed)) units of both together, for a fixed sample"))
        }
        self.facts(facts)
        add(comparison.demands(in: experiment), "GUARDRAIL", comparison.champion, comparison.challenger)
        let conditions = comparison.conditions(in: experiment, until: end, gate: nil)
        table(
            ["CONDITION FOR PROMOTION", "", "STATE"],
            conditions.map { [$0.name, $0.value, $0.outcome.text] }
        )
    }

    /// The evidence for better and for worse, with the evidence that decides.
    static func evidence(
        better: ArmComparison.Evidence?,
        worse: ArmComparison.Evidence?,
        alpha: Double,
        problem: String?
    ) -> [(String, String)] {
        if let problem { return [("evidence", problem)] }
        let bound = alpha > 0 ? " of \(Numbers.bound(1 / alpha))" : ""
        return [("better", better), ("worse", worse)].map { name, evidence in
            let words = evidence.map {
                "E \(Numbers.evidence($0.maximum))\(bound), p \(Numbers.probability($0.pValue))"
            }
            return (name, words ?? Numbers.none)
        }
    }

    /// Adds what must hold, with the evidence against it.
    private mutating func add(_ demands: [Demand], _ name: String, _ champion: String, _ challenger: String) {
        guard !demands.isEmpty else { return }
        table(
            [name, "DEMAND", Self.cell(champion), Self.cell(challenger), "E", "BOUND", "STATE"],
            demands.map {
                [$0.name, $0.demand, $0.theirs, $0.mine, $0.evidence, $0.bound, $0.outcome.text]
            },
            numbers: [2, 3, 4, 5]
        )
    }
}
