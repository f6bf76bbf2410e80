import Definitions
import Foundation
import Words

/// Arms, verdicts and evidence.
extension ReportPicture {
    mutating func draw(_ experiment: ExperimentReport) {
        let metric = MetricWords(experiment.goal)
        y += 2
        drawParagraph(
            "Goal \(metric.goal(isDeclared: experiment.isDeclared)).  α = \(Numbers.chosen(experiment.alpha))",
            color: SVG.Color.muted,
            limit: 2
        )
        drawHeading("Counts")
        guard !experiment.arms.isEmpty else { return drawNotice("No inference of the experiment is in the window.") }
        let versions = Identifiers.short(experiment.arms.map(\.modelVersion))
        drawDots(
            experiment.arms.enumerated().map { index, arm in
                let version = versions[arm.modelVersion] ?? arm.modelVersion
                return DotRow(
                    name: arm.name,
                    detail: (index == 0 ? "champion  ·  " : "") + "\(arm.model)@\(version)",
                    estimate: arm.goal,
                    color: index == 0 ? SVG.Color.base : SVG.Color.new,
                    missing: "no outcomes yet",
                    count: arm.units
                )
            },
            isRate: metric.isRate,
            countTitle: "units"
        )
        if let ratio = experiment.sampleRatio { draw(ratio, experiment.arms.map(\.name)) }
        if experiment.comparisons.isEmpty { drawNotice("There is no challenger to compare with the champion.") }
        for comparison in experiment.comparisons { draw(comparison, of: experiment) }
    }

    private mutating func draw(_ ratio: SampleRatioCheck, _ arms: [String]) {
        guard ratio.isAlarm else { return }
        let units = zip(zip(arms, ratio.observed), ratio.expected).map { arm, expected in
            "\(arm.0) \(Numbers.count(arm.1)), expected \(Numbers.count(Int(saturating: expected.rounded())))"
        }
        y += 6
        drawParagraph(
            "The arms did not get the units that the shares promise: \(units.joined(separator: "; ")). "
                + "Evidence \(Numbers.evidence(ratio.evidence)).",
            color: SVG.Color.bad
        )
    }

    private mutating func draw(_ comparison: ArmComparison, of experiment: ExperimentReport) {
        drawHeading("\(comparison.challenger) against \(comparison.champion)", after: 42)
        y += 26
        _ = svg.status(Status(comparison.verdict), Self.margin, y, size: 13, isBold: true)
        drawParagraph(comparison.words(in: experiment).sentence)
        y += 4
        for fact in facts(of: comparison, MetricWords(experiment.goal)) {
            drawParagraph(fact, color: SVG.Color.muted, limit: 3)
        }
        drawEvidence(of: comparison)
    }

    private func facts(of comparison: ArmComparison, _ metric: MetricWords) -> [String] {
        var facts: [String] = []
        if let difference = comparison.difference {
            var fact = "Difference \(metric.difference(difference))"
            if let sequence = comparison.sequence {
                fact += ", at any time \(metric.bare(sequence.lower)) to \(metric.bare(sequence.upper))"
            }
            facts.append(fact)
        }
        if !comparison.guardrails.isEmpty {
            func words(_ guardrail: ArmComparison.Guardrail) -> String {
                "\(MetricWords(guardrail.metric.metric).name), \(guardrail.metric.demand)"
            }
            let broken = comparison.guardrails.filter(\.isBroken).map(words)
            facts.append(
                broken.isEmpty
                    ? "Guardrails hold: \(comparison.guardrails.map(words).joined(separator: "; "))"
                    : "Broken guardrails: \(broken.joined(separator: "; "))"
            )
        }
        if let needed = comparison.sampleStillNeeded, comparison.verdict == .notEnoughData {
            facts.append("A fixed sample would need \(Numbers.count(needed, "more unit")) of both arms together")
        }
        return facts
    }

    // MARK: Evidence over time

    private mutating func drawEvidence(of comparison: ArmComparison) {
        if let problem = comparison.evidenceProblem { return drawNotice("No evidence: \(problem)") }
        guard let last = comparison.series.last else { return drawNotice("There is no evidence yet.") }
        let threshold = comparison.alpha > 0 ? 1 / comparison.alpha : 20
        y += 28
        svg.text(
            "Evidence E that \(SVG.fit(comparison.challenger, 200)) is better or worse, log scale",
            Self.margin,
            y,
            color: SVG.Color.muted
        )
        let (top, bottom) = (y + 12, y + 172)
        let (left, end) = (Self.margin + 44, Self.right - 100)
        let values = comparison.series.flatMap { [$0.better, $0.worse] }
        let scale = LogScale(values + [threshold], from: bottom, to: top)
        let times = TimeScale(comparison.series.map(\.time), from: left, to: end)
        for tick in scale.ticks {
            svg.line(left, tick.place, end, tick.place)
            svg.text(tick.label, left - 8, tick.place + 3.5, size: 10, color: SVG.Color.muted, anchor: .end)
        }
        // Labels that came in one request have one time, so only their order is left to show.
        let first = comparison.series[0].time.timeIntervalSince1970
        let isOneMoment = (last.time.timeIntervalSince1970 - first).magnitude < 1
        for tick in isOneMoment ? [] : times.ticks {
            svg.line(tick.place, bottom, tick.place, bottom + 4, color: SVG.Color.muted)
            svg.text(tick.label, tick.place, bottom + 17, size: 10, color: SVG.Color.muted, anchor: .middle)
        }
        svg.line(left, bottom, end, bottom, color: SVG.Color.muted)
        let axis = isOneMoment ? "outcomes in their order, all within a second" : "time (UTC)"
        svg.text(axis, end, bottom + (isOneMoment ? 17 : 32), size: 10, color: SVG.Color.muted, anchor: .end)
        let limit = scale.place(threshold)
        svg.line(left, limit, end, limit, color: SVG.Color.ink, dash: "4 3")
        svg.text("1/α = \(Numbers.bound(threshold))", left + 6, limit - 5, size: 10)
        for (value, color) in [(\ArmComparison.Point.worse, SVG.Color.base), (\.better, SVG.Color.new)] {
            let step = (end - left) / Double(max(comparison.series.count - 1, 1))
            let points = comparison.series.enumerated().map { index, point in
                (
                    x: isOneMoment ? left + Double(index) * step : times.place(point.time),
                    y: scale.place(point[keyPath: value])
                )
            }
            if points.count > 1 { svg.curve(points, color: color) }
            if let point = points.last { svg.circle(point.x, point.y, radius: 2.5, color: color) }
        }
        drawLastValues(last, scale, x: end + 10, bottom: bottom)
        y = bottom + 36
    }

    /// Writes the last values beside the lines, one above the other if the lines end close together.
    private mutating func drawLastValues(
        _ last: ArmComparison.Point,
        _ scale: LogScale,
        x: Double,
        bottom: Double
    ) {
        var better = scale.place(last.better)
        var worse = scale.place(last.worse)
        if (better - worse).magnitude < 15 {
            let middle = min((better + worse) / 2, bottom - 7.5)
            let isBetterAbove = last.better >= last.worse
            better = middle + (isBetterAbove ? -7.5 : 7.5)
            worse = middle + (isBetterAbove ? 7.5 : -7.5)
        }
        svg.text("better: \(Numbers.evidence(last.better))", x, better + 4, color: SVG.Color.new, isBold: true)
        svg.text("worse: \(Numbers.evidence(last.worse))", x, worse + 4, color: SVG.Color.muted, isBold: true)
    }
}
