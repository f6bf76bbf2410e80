import Definitions
import Foundation
import NativeAPI
import Words

/// A comparison over time: the evidence, and the difference with the interval that is valid at any time.
struct ComparisonCourse: Sendable {
    struct Point: Sendable {
        /// For the `datetime` attribute; empty if the points are only in their order.
        var time: String
        var text: String
        /// The challenger's share, whose changes break the interval.
        var stage: String
        var better: String
        var betterText: String
        var worse: String
        var worseText: String
        var difference: String
        var differenceText: String
        var low: String
        var lowText: String
        var high: String
        var highText: String
    }

    /// The evidence that a chart can show. Beyond, its line stays at the edge, which says so.
    private static let (lowest, highest) = (0.01, 1e30)

    let axis: String
    /// What the axis says if it has no times.
    let order: String
    let bounds: String
    /// What the evidence of either direction has to reach.
    let bound: String
    let label: String
    /// The ends of the axis of the evidence; empty if the values decide.
    let top: String
    let bottom: String
    let betterLabel: String
    let worseLabel: String
    let hasDifference: Bool
    let differenceLabel: String
    /// The newest difference with its interval.
    let newest: String
    /// Half the width of what counts as no difference; empty if no smallest effect was declared.
    let tolerance: String
    /// The ends of the axis of the difference: early intervals are cut, because they would hide the later ones.
    let least: String
    let most: String
    let points: [Point]

    /// The most challengers whose courses a page draws; with more, it draws only that of the one that it is about.
    static let challengerLimit = 4

    /// - Parameter count: The number of courses on the page, which share its points.
    /// - Returns: `nil` if there is nothing to draw.
    init?(_ comparison: ArmComparison, _ metric: MetricWords, smallestEffect: Double?, of count: Int) {
        guard comparison.evidenceProblem == nil, let first = comparison.series.first, let last = comparison.series.last
        else { return nil }
        let series = comparison.series
        // Labels that came in one request have one time, so only their order is left to show.
        let isTimed = last.time.timeIntervalSince(first.time) >= 0.01
        let bound = comparison.alpha > 0 ? 1 / comparison.alpha : 20
        axis = isTimed ? "Time, UTC" : "Outcomes in their order"
        order = isTimed ? "" : "in their order, all at \(Moment.clock(last.time)) UTC"
        self.bound = Numbers.exact(bound)
        bounds = "\(self.bound) 1/α = \(Numbers.bound(bound))"
        label = "Evidence E that \(comparison.challenger) is better or worse"
        top = series.contains { max($0.better, $0.worse) > Self.highest } ? Numbers.exact(Self.highest) : ""
        bottom = series.contains { min($0.better, $0.worse) < Self.lowest } ? Numbers.exact(Self.lowest) : ""
        betterLabel = Self.label("better", last.better, comparison.better)
        worseLabel = Self.label("worse", last.worse, comparison.worse)
        hasDifference = series.count { $0.difference != nil } > 1
        differenceLabel = "Difference of \(comparison.challenger) and \(comparison.champion) in “\(metric.name)”"
        newest =
            last.difference.map { value in
                metric.difference(value)
                    + (last.sequence.map { " (\(metric.bare($0.lower)) to \(metric.bare($0.upper)))" } ?? "")
            } ?? ""
        tolerance = smallestEffect.map { Numbers.exact(metric.scaled($0)) } ?? ""
        let ends = Self.ends(series, metric)
        (least, most) = (Numbers.exact(ends.low), Numbers.exact(ends.high))
        let crossings = [series.firstIndex { $0.better >= bound }, series.firstIndex { $0.worse >= bound }]
        let places = Thinning.places(
            series.count,
            limit: Thinning.limit / min(max(1, count), Self.challengerLimit),
            keeping: crossings.compactMap(\.self) + Thinning.changes(series.map(\.share))
        )
        let step = last.time.timeIntervalSince(first.time) / Double(max(1, places.count - 1))
        points = places.map { index in
            let point = series[index]
            return Point(
                time: isTimed ? NativeCoding.timestamp(point.time) : "",
                text: isTimed ? Moment.precise(point.time, step: step) : String(index + 1),
                stage: Numbers.share(point.share),
                better: Numbers.exact(min(point.better, .greatestFiniteMagnitude)),
                betterText: Numbers.evidence(point.better),
                worse: Numbers.exact(min(point.worse, .greatestFiniteMagnitude)),
                worseText: Numbers.evidence(point.worse),
                difference: Numbers.exact(metric.scaled(point.difference)),
                differenceText: point.difference.map(metric.bare) ?? Numbers.none,
                low: Numbers.exact(metric.scaled(point.sequence?.lower)),
                lowText: point.sequence.map { metric.bare($0.lower) } ?? Numbers.none,
                high: Numbers.exact(metric.scaled(point.sequence?.upper)),
                highText: point.sequence.map { metric.bare($0.upper) } ?? Numbers.none
            )
        }
    }

    /// The newest evidence, and the largest so far if that is another: it is what decides.
    private static func label(_ name: String, _ last: Double, _ evidence: ArmComparison.Evidence?) -> String {
        let (now, most) = (Numbers.evidence(last), Numbers.evidence(evidence?.maximum))
        let isLarger = evidence.map { $0.maximum > last } ?? false
        return "\(name): \(now)" + (isLarger && now != most ? ", at most \(most)" : "")
    }

    /// The ends of the axis. They hold the newest interval three times, and all of the line that is not wilder than that.
    private static func ends(_ series: some Collection<ArmComparison.Point>, _ metric: MetricWords) -> (
        low: Double, high: Double
    ) {
        let values = series.compactMap { metric.scaled($0.difference) }.filter(\.isFinite)
        let newest = series.compactMap(\.sequence).suffix(1).flatMap {
            [metric.scaled($0.lower), metric.scaled($0.upper)]
        }
        let known = (newest.compactMap(\.self) + values.suffix(1) + [0]).filter(\.isFinite)
        let reach = max((known.max() ?? 0) - (known.min() ?? 0), 1e-9)
        let (low, high) = ((known.min() ?? 0) - reach, (known.max() ?? 0) + reach)
        return (
            max(low, min(values.min() ?? 0, known.min() ?? 0) - reach / 4),
            min(high, max(values.max() ?? 0, known.max() ?? 0) + reach / 4)
        )
    }
}

extension ExperimentReport {
    /// The comparison that a page is about: what asks for a decision comes first.
    var decisive: ArmComparison? {
        let order: [ArmComparison.Verdict] = [.better, .worse, .invalid, .noDifference, .notEnoughData]
        return order.lazy.compactMap { verdict in comparisons.first { $0.verdict == verdict } }.first
    }
}
