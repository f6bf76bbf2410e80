import Definitions
import Foundation
import Words

/// Challengers beside their champion.
extension ReportPicture {
    mutating func draw(_ shadow: ShadowReport, of report: Report) {
        if shadow.challengers.isEmpty { drawNotice("No inference of a challenger is in the window.") }
        let ids = shadow.challengers.flatMap { [$0.modelVersion, $0.championVersion] }
        let versions = Identifiers.short(ids)
        for comparison in shadow.challengers {
            drawHeading(report.kind.heading(comparison), after: 40)
            y += 24
            _ = svg.status(Status(Status(comparison).kind, comparison.headline), Self.margin, y, size: 13, isBold: true)
            drawParagraph(comparison.sentence)
            y += 2
            let decision = comparison.decision.map { "  ·  decision: \($0)" } ?? ""
            drawParagraph(
                "\(comparison.model)@\(versions[comparison.modelVersion] ?? "") beside "
                    + "\(comparison.champion)@\(versions[comparison.championVersion] ?? "")  ·  "
                    + "\(Numbers.count(comparison.requests, "request")), \(Numbers.count(comparison.rows, "row"))"
                    + decision,
                color: SVG.Color.muted,
                limit: 2
            )
            drawAgreement(of: comparison)
            drawLatency(of: comparison)
            drawPairs("Failed requests", comparison, comparison.championFailures, comparison.failures, of: "requests")
            if let labels = comparison.labels { draw(labels, comparison) }
            if let goal = comparison.goal { draw(goal, comparison) }
        }
    }

    private mutating func drawTitle(_ text: String) {
        y += 30
        svg.text(text, Self.margin, y, size: 12, isBold: true)
    }

    // MARK: Agreement and differences

    private mutating func drawAgreement(of comparison: ShadowComparison) {
        let top = y + 30
        let middle = Self.margin + 384
        svg.text("Same decision", Self.margin, top, isBold: true)
        svg.text("Differences of the scores", middle, top, isBold: true)
        if let agreement = comparison.agreement {
            svg.text(Numbers.percent(agreement.value), Self.margin, top + 32, size: 22, isBold: true)
            let interval = agreement.interval.map {
                "\(Numbers.percent($0.lower)) to \(Numbers.percent($0.upper)), "
            }
            svg.text(
                (interval ?? "") + Numbers.count(agreement.count, "row"),
                Self.margin + 100,
                top + 31,
                color: SVG.Color.muted
            )
            svg.rectangle(Self.margin, top + 46, 320, 8, color: SVG.Color.sunk, radius: 2)
            let scale = PictureScale([0, 1], limits: 0...1, from: Self.margin, to: Self.margin + 320)
            let end = scale.place(agreement.value)
            svg.rectangle(Self.margin, top + 46, end - Self.margin, 8, color: SVG.Color.new, radius: 2)
            svg.text("0\u{00A0}%", Self.margin, top + 70, size: 10, color: SVG.Color.muted)
            svg.text("100\u{00A0}%", Self.margin + 320, top + 70, size: 10, color: SVG.Color.muted, anchor: .end)
        } else {
            let reason = comparison.rows == 0 ? "No rows yet." : "The outputs decide nothing."
            svg.text(reason, Self.margin, top + 24, color: SVG.Color.muted)
        }
        if let differences = comparison.differences {
            let largest = max(differences.largest, .leastNormalMagnitude)
            let rows = [
                ("mean", differences.mean), ("p95", differences.p95), ("largest", differences.largest),
            ]
            for (index, (name, value)) in rows.enumerated() {
                let baseline = top + 22 + Double(index) * 20
                svg.text(name, middle, baseline, color: SVG.Color.muted)
                let length = value.isFinite ? min(max(value / largest, 0), 1) * 150 : 0
                svg.rectangle(middle + 110, baseline - 9, length, 10, color: SVG.Color.fill, radius: 2)
                svg.text(Numbers.measure(value), Self.right, baseline, anchor: .end)
            }
        } else {
            svg.text("No scores to compare.", middle, top + 24, color: SVG.Color.muted)
        }
        svg.text("rank correlation", middle, top + 84, color: SVG.Color.muted)
        let correlation = comparison.rankCorrelation.map(Numbers.measure) ?? "not defined"
        svg.text(correlation, Self.right, top + 84, anchor: .end)
        y = top + 86
    }

    // MARK: Latency

    private mutating func drawLatency(of comparison: ShadowComparison) {
        drawTitle("Latency in milliseconds")
        let rows = [
            (comparison.champion, comparison.championLatency, SVG.Color.base),
            (comparison.name, comparison.latency, SVG.Color.new),
        ]
        let known = rows.compactMap(\.1)
        guard !known.isEmpty else { return drawNotice("No inference succeeded.") }
        let (plotStart, plotEnd) = (210.0, 620.0)
        let values = known.flatMap { [$0.p50, $0.p99] + ($0.budget.map { [$0] } ?? []) }
        let scale = PictureScale([0] + values, limits: 0...Double.greatestFiniteMagnitude, from: plotStart, to: plotEnd)
        svg.text("p50 / p95 / p99", Self.right, y + 2, size: 10, color: SVG.Color.muted, anchor: .end)
        y += 10
        let bottom = y + Double(rows.count) * 28
        svg.line(Self.margin, y, Self.right, y)
        drawAxis(scale.ticks, from: y, to: bottom)
        if let budget = known.compactMap(\.budget).first {
            let x = scale.place(budget)
            svg.line(x, y, x, bottom, color: SVG.Color.ink, dash: "4 3")
            svg.text("budget", x - 4, y + 11, size: 10, color: SVG.Color.ink, anchor: .end)
        }
        for (name, latency, color) in rows {
            let middle = y + 14
            svg.text(SVG.fit(name, 165), Self.margin, middle + 4)
            if let latency {
                svg.line(scale.place(latency.p50), middle, scale.place(latency.p99), middle, color: color, width: 2)
                svg.circle(scale.place(latency.p99), middle, radius: 3, color: color, isHollow: true)
                svg.circle(scale.place(latency.p95), middle, radius: 4, color: color, isHollow: true)
                svg.circle(scale.place(latency.p50), middle, radius: 5, color: color)
                let numbers = [latency.p50, latency.p95, latency.p99].map { Numbers.measure($0) }
                svg.text(numbers.joined(separator: " / "), Self.right, middle + 4, anchor: .end)
            } else {
                svg.text("no inference succeeded", Self.right, middle + 4, color: SVG.Color.muted, anchor: .end)
            }
            y += 28
            svg.line(Self.margin, y, Self.right, y)
        }
        y = bottom + 20
    }

    // MARK: Failures and labels

    private mutating func drawPairs(
        _ title: String,
        _ comparison: ShadowComparison,
        _ champion: Estimate?,
        _ challenger: Estimate?,
        of counted: String,
        isRate: Bool = true
    ) {
        drawTitle(title)
        let rows = [
            (comparison.champion, champion, SVG.Color.base), (comparison.name, challenger, SVG.Color.new),
        ]
        y -= 20
        drawDots(
            rows.map { name, estimate, color in
                DotRow(
                    name: name,
                    detail: color == SVG.Color.base ? "champion" : "challenger",
                    estimate: estimate,
                    color: color,
                    missing: "no \(counted) yet",
                    count: estimate?.count ?? 0
                )
            },
            isRate: isRate,
            countTitle: counted
        )
    }

    private mutating func draw(_ labels: ShadowComparison.LabeledPairs, _ comparison: ShadowComparison) {
        drawPairs(
            "Right answers, of the labeled rows",
            comparison,
            labels.championAccuracy,
            labels.challengerAccuracy,
            of: "rows"
        )
        var fact =
            "Of \(Numbers.count(labels.pairs)) labeled rows, only \(comparison.champion) got "
            + "\(Numbers.count(labels.onlyChampion)) right, and only \(comparison.name) "
            + "\(Numbers.count(labels.onlyChallenger))."
        if let p = labels.exactP { fact += " McNemar's exact test: p \(Numbers.probability(p))." }
        if let evidence = labels.evidence {
            fact +=
                " At any time: evidence \(Numbers.evidence(evidence.maximum)), p \(Numbers.probability(evidence.pValue))."
        }
        drawParagraph(fact, color: SVG.Color.muted)
    }

    private mutating func draw(_ goal: PairedComparison, _ comparison: ShadowComparison) {
        drawPairs(
            "Goal \(MetricWords(goal.goal).goal(isDeclared: goal.isDeclared))",
            comparison,
            goal.championGoal,
            goal.challengerGoal,
            of: "units",
            isRate: MetricWords(goal.goal).isRate
        )
        drawParagraph(goal.summary, color: SVG.Color.muted)
    }
}
