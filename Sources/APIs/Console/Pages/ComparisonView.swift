import Definitions
import Foundation
import NativeAPI

/// A challenger against the champion: the evidence, the difference, and what must hold.
struct ComparisonView: Sendable {
    struct IntervalRow: Sendable {
        var name: String
        var value: String
        var low: String
        var mid: String
        var high: String
        var from: String
        var to: String
    }

    struct GuardRow: Sendable {
        var name: String
        var demand: String
        var theirs: String
        var mine: String
        var evidence: String
        var bound: String
        var outcome: Status
    }

    struct Condition: Sendable {
        var name: String
        var value: String
        var outcome: Status
    }

    let challenger: String
    let champion: String
    let outcome: Status
    let sentence: String
    /// Empty if the page is about this challenger alone.
    let heading: String
    let chart: ComparisonCourse?
    /// Why there is no chart.
    let chartProblem: String
    let differenceTitle: String
    let intervals: [IntervalRow]
    let hasIntervals: Bool
    let least: String
    let most: String
    let scaleText: String
    let intervalProblem: String
    let fixedSample: String
    let guards: [GuardRow]
    let conditions: [Condition]
    /// Whether all conditions for a promotion are met.
    let isReady: Bool

    /// - Parameter gate: What the pipeline's gate says; `nil` if it has none.
    init(
        _ comparison: ArmComparison,
        _ report: Report,
        _ found: ExperimentReport,
        _ metric: MetricWords,
        isOne: Bool,
        gate: GateVerdict??
    ) {
        challenger = comparison.challenger
        champion = comparison.champion
        outcome = Status(comparison.verdict)
        heading = isOne ? "" : "\(comparison.challenger) against \(comparison.champion)"
        chart = ComparisonCourse(comparison, metric, smallestEffect: found.goal.smallestEffect)
        chartProblem =
            comparison.evidenceProblem
            ?? (comparison.series.isEmpty
                ? "There is no evidence yet: it begins with the first outcome of the goal." : "")
        differenceTitle = "Difference in “\(metric.name)”" + (metric.isRate ? ", points" : "")
        let rows = Self.intervals(comparison, metric)
        intervals = rows.rows
        hasIntervals = !rows.rows.isEmpty
        (least, most, scaleText) = (Numbers.exact(rows.low), Numbers.exact(rows.high), rows.text)
        intervalProblem = comparison.sequence == nil ? comparison.sequenceProblem ?? "" : ""
        fixedSample =
            comparison.fixedSample.map { test in
                "\(test.name) \(Numbers.measure(test.statistic)), p \(Numbers.probability(test.pValue)). "
                    + "Valid only if the number of units was fixed before."
            } ?? ""
        guards = Self.guards(comparison, found)
        let conditions = Self.conditions(comparison, report, found, gate)
        self.conditions = conditions
        isReady = conditions.allSatisfy { $0.outcome.kind == .ok }
        sentence = Self.sentence(comparison, found, metric, conditions)
    }

    // MARK: The sentence

    private static func sentence(
        _ comparison: ArmComparison,
        _ found: ExperimentReport,
        _ metric: MetricWords,
        _ conditions: [Condition]
    ) -> String {
        func value(_ name: String) -> (String, Double?) {
            (name, found.arms.first { $0.name == name }?.goal?.value)
        }
        let values = metric.sentence(value(comparison.challenger), value(comparison.champion))
        let bound = comparison.alpha > 0 ? 1 / comparison.alpha : .infinity
        switch comparison.verdict {
        case .invalid: return comparison.reason
        case .better, .worse:
            if let broken = comparison.guardrails.first(where: \.isBroken) { return sentence(broken, comparison) }
            let evidence = comparison.verdict == .better ? comparison.better : comparison.worse
            let chance = Numbers.chosen(comparison.alpha * 100)
            return values
                + " The evidence reached \(Numbers.evidence(evidence?.maximum)) and had to reach \(Numbers.bound(bound)); "
                + "were the two equal, that would happen in at most \(chance) of 100 experiments."
                + (comparison.verdict == .better ? readiness(conditions) : "")
        case .noDifference:
            return values + " The difference is too small to matter, whichever way it goes."
        case .notEnoughData:
            guard comparison.evidenceProblem == nil, let better = comparison.better, let worse = comparison.worse,
                value(comparison.challenger).1 != nil, value(comparison.champion).1 != nil
            else { return comparison.reason }
            let needed =
                comparison.sampleStillNeeded.map {
                    " A fixed sample would need \(Numbers.count($0)) more units of both together."
                } ?? ""
            return values + " The evidence has reached \(Numbers.evidence(better.maximum)) for better and "
                + "\(Numbers.evidence(worse.maximum)) for worse; \(Numbers.bound(bound)) decides." + needed
        }
    }

    private static func readiness(_ conditions: [Condition]) -> String {
        let unmet = conditions.filter { $0.outcome.kind != .ok }
            .map { "\($0.name.prefix(1).lowercased())\($0.name.dropFirst()) (\($0.value))" }
        guard !unmet.isEmpty else { return " All conditions for promotion are met." }
        return " Not yet met for a promotion: \(unmet.joined(separator: ", "))."
    }

    private static func sentence(_ broken: ArmComparison.Guardrail, _ comparison: ArmComparison) -> String {
        let metric = MetricWords(broken.metric.metric)
        let values = metric.sentence(
            (comparison.challenger, broken.challenger?.value),
            (comparison.champion, broken.champion?.value)
        )
        let evidence = broken.evidence.map { " The evidence is \(Numbers.evidence($0.maximum))." } ?? ""
        return "The guardrail “\(metric.name)”, \(broken.metric.demand), is broken. " + values + evidence
    }

    // MARK: Difference

    private static func intervals(
        _ comparison: ArmComparison,
        _ metric: MetricWords
    ) -> (rows: [IntervalRow], low: Double, high: Double, text: String) {
        guard let difference = comparison.difference, difference.value.isFinite else { return ([], 0, 1, "") }
        let ranges = [("At any time", comparison.sequence), ("Fixed sample", difference.interval)]
        let ends = ranges.compactMap(\.1).flatMap { [$0.lower, $0.upper] }.filter(\.isFinite) + [difference.value, 0]
        let (low, high) = (ends.min() ?? 0, ends.max() ?? 1)
        let room = max((high - low) * 0.05, 1e-9)
        let rows = ranges.compactMap { name, range -> IntervalRow? in
            guard let range else { return nil }
            return IntervalRow(
                name: name,
                value: metric.bare(difference.value),
                low: Numbers.exact(range.lower),
                mid: Numbers.exact(difference.value),
                high: Numbers.exact(range.upper),
                from: metric.bare(range.lower),
                to: metric.bare(range.upper)
            )
        }
        return (rows, low - room, high + room, "\(metric.bare(low)) to \(metric.bare(high))")
    }

    // MARK: What must hold

    private static func guards(_ comparison: ArmComparison, _ found: ExperimentReport) -> [GuardRow] {
        var rows = comparison.guardrails.map { guardrail in
            let metric = MetricWords(guardrail.metric.metric)
            return GuardRow(
                name: metric.name,
                demand: guardrail.metric.demand,
                theirs: metric.value(guardrail.champion?.value),
                mine: metric.value(guardrail.challenger?.value),
                evidence: Numbers.evidence(guardrail.evidence?.maximum),
                bound: "100",
                outcome: guardrail.isBroken ? Status(.bad, "Broken") : Status(.ok, "Holds")
            )
        }
        if let ratio = found.sampleRatio {
            let total = ratio.observed.reduce(0) { $0.addingReportingOverflow($1).partialValue }
            let expected = ratio.expected.reduce(0, +)
            let index = found.arms.firstIndex { $0.name == comparison.challenger } ?? 0
            let isKnown = ratio.observed.indices.contains(index) && ratio.expected.indices.contains(index)
            let seen = isKnown && total > 0 ? Double(ratio.observed[index]) / Double(total) : nil
            let due = isKnown && expected > 0 ? ratio.expected[index] / expected : nil
            rows.append(
                GuardRow(
                    name: "Sample ratio",
                    demand: "as the shares promise: \(Numbers.percent(due))",
                    theirs: Numbers.none,
                    mine: Numbers.percent(seen),
                    evidence: Numbers.evidence(ratio.evidence),
                    bound: Numbers.count(1000),
                    outcome: ratio.isAlarm ? Status(.bad, "Broken") : Status(.ok, "Holds")
                )
            )
        }
        return rows
    }

    private static let week: TimeInterval = 7 * 86_400

    private static func conditions(
        _ comparison: ArmComparison,
        _ report: Report,
        _ found: ExperimentReport,
        _ gate: GateVerdict??
    ) -> [Condition] {
        func condition(_ name: String, _ value: String, _ isMet: Bool, else word: String = "Not yet") -> Condition {
            Condition(name: name, value: value, outcome: isMet ? Status(.ok, "Met") : Status(.unknown, word))
        }
        let bound = comparison.alpha > 0 ? Numbers.bound(1 / comparison.alpha) : Numbers.none
        let length = max(0, report.end.timeIntervalSince(found.startedAt))
        var conditions = [
            condition(
                "Verdict is better",
                "E \(Numbers.evidence(comparison.better?.maximum)), bound \(bound)",
                comparison.verdict == .better
            ),
            condition("A full week", "\(Span.long(length)) of 7\u{00A0}d", length >= week),
        ]
        let broken = comparison.guardrails.count(where: \.isBroken)
        conditions.append(
            condition(
                "No guardrail is broken",
                "\(comparison.guardrails.count - broken) of \(comparison.guardrails.count) hold",
                broken == 0,
                else: "Broken"
            )
        )
        if let p = comparison.labeledShareP {
            let shares = [comparison.challenger, comparison.champion].map { name in
                Numbers.percent(found.arms.first { $0.name == name }?.labeled)
            }
            conditions.append(
                condition(
                    "Labeled share equal in both",
                    shares.joined(separator: " and ") + ", p \(Numbers.probability(p))",
                    p >= 0.01,
                    else: "Not equal"
                )
            )
        }
        if let gate {
            let words = gate.map { $0.problems.first ?? "its suites have passed" } ?? "it could not be read"
            conditions.append(condition("Gate", words, gate?.isAdmitted ?? false, else: "Refuses"))
        }
        return conditions
    }
}
