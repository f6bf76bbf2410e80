import Definitions
import Foundation
import NativeAPI
import Words

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
    let guards: [Demand]
    let conditions: [Condition]
    /// Whether all conditions for a promotion are met.
    let isReady: Bool
    /// Where the challenger is promoted; empty if it cannot be now.
    let promoteHref: String

    /// - Parameter gate: What the pipeline's gate says; `nil` if it has none.
    init(
        _ comparison: ArmComparison,
        _ report: Report,
        _ found: ExperimentReport,
        _ metric: MetricWords,
        isOne: Bool,
        gate: GateVerdict??,
        canPromote: Bool
    ) {
        challenger = comparison.challenger
        champion = comparison.champion
        outcome = Status(comparison.verdict)
        heading = isOne ? "" : "\(comparison.challenger) against \(comparison.champion)"
        let count = found.comparisons.count
        let isDrawn = count <= ComparisonCourse.challengerLimit || comparison.challenger == found.decisive?.challenger
        chart =
            isDrawn
            ? ComparisonCourse(comparison, metric, smallestEffect: found.goal.smallestEffect, of: count) : nil
        chartProblem =
            comparison.evidenceProblem
            ?? (comparison.series.isEmpty
                ? "There is no evidence yet: it begins with the first outcome of the goal."
                : isDrawn
                    ? ""
                    : "With \(count) challengers, only the course of \(found.decisive?.challenger ?? "one") is drawn.")
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
        guards = comparison.demands(in: found)
        let conditions = comparison.conditions(in: found, until: report.end, gate: gate)
        self.conditions = conditions
        isReady = conditions.allSatisfy { $0.outcome.kind == .ok }
        let query = ["challenger": comparison.challenger, "report": report.id]
        promoteHref = canPromote ? Links.page("pipelines", report.pipeline, "promote", query: query) : ""
        sentence =
            comparison.words(in: found).sentence
            + (comparison.verdict == .better ? Self.readiness(conditions) : "")
    }

    private static func readiness(_ conditions: [Condition]) -> String {
        let unmet = conditions.filter { $0.outcome.kind != .ok }
            .map { "\($0.name.prefix(1).lowercased())\($0.name.dropFirst()) (\($0.value))" }
        guard !unmet.isEmpty else { return " All conditions for promotion are met." }
        return " Not yet met for a promotion: \(unmet.joined(separator: ", "))."
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
}
