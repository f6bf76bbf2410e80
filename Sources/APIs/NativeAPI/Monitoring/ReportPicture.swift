package import Definitions
import Foundation
import Words

/// Draws a report as SVG, without scripts and without anything from elsewhere.
package struct ReportPicture {
    static let width = 800.0
    static let margin = 32.0
    static let right = width - margin
    static let inner = right - margin

    var svg = SVG()
    /// Where the next part begins.
    var y = 0.0

    /// Returns the picture of a report.
    package static func svg(of report: Report) -> String {
        var picture = ReportPicture()
        picture.drawHeader(of: report)
        if let experiment = report.experiment { picture.draw(experiment) }
        if let shadow = report.shadow { picture.draw(shadow, of: report) }
        if report.experiment == nil, report.shadow == nil { picture.drawNotice("The report is empty.") }
        return picture.svg.document(
            width: width,
            height: picture.y + 20,
            title: "\(report.kind.title) of pipeline \(report.pipeline)"
        )
    }

    private mutating func drawHeader(of report: Report) {
        svg.text(SVG.fit(report.pipeline, Self.inner - 230, size: 20), Self.margin, 44, size: 20, isBold: true)
        svg.text("report \(report.id)", Self.right, 44, size: 10, color: SVG.Color.muted, anchor: .end)
        let window = "\(Moment.minute(report.start)) to \(Moment.minute(report.end)) UTC"
        let count = "\(Numbers.count(report.entries)) \(report.entries == 1 ? "inference" : "inferences")"
        svg.text("\(report.kind.title)  ·  \(window)  ·  \(count)", Self.margin, 64, color: SVG.Color.muted)
        y = 64
    }

    // MARK: Parts

    mutating func drawHeading(_ text: String, after space: Double = 34) {
        y += space
        svg.text(SVG.fit(text, Self.inner, size: 14), Self.margin, y, size: 14, isBold: true)
    }

    mutating func drawParagraph(_ text: String, color: String = SVG.Color.ink, limit: Int = 6) {
        let lines = SVG.wrapped(text, Self.inner)
        for (index, line) in lines.prefix(limit).enumerated() {
            y += 18
            svg.text(index == limit - 1 && lines.count > limit ? line + " …" : line, Self.margin, y, color: color)
        }
    }

    /// Says why there is nothing to see.
    mutating func drawNotice(_ text: String) {
        let lines = SVG.wrapped(text, Self.inner - 40).prefix(4)
        y += 14
        svg.rectangle(Self.margin, y, Self.inner, Double(lines.count) * 18 + 24, color: SVG.Color.sunk, radius: 4)
        y += 9
        for line in lines {
            y += 18
            svg.text(line, Self.width / 2, y, color: SVG.Color.muted, anchor: .middle)
        }
        y += 15
    }

    /// Draws a scale's ticks as vertical lines with labels below.
    mutating func drawAxis(_ ticks: [PictureScale.Tick], from top: Double, to bottom: Double, unit: String = "") {
        for tick in ticks {
            svg.line(tick.place, top, tick.place, bottom)
            svg.text(tick.label + unit, tick.place, bottom + 15, size: 10, color: SVG.Color.muted, anchor: .middle)
        }
    }
}

// MARK: Estimates with their intervals

extension ReportPicture {
    /// A row of a plot of estimates.
    struct DotRow {
        var name: String
        var detail: String
        var estimate: Estimate?
        var color: String
        /// Said in place of an estimate.
        var missing: String
        var count: Int
    }

    /// Draws each estimate as a dot with its interval as a line, then its numbers and the count behind it.
    ///
    /// - Parameter isRate: Whether they are shares of the units, which are shown in percent.
    mutating func drawDots(_ rows: [DotRow], isRate: Bool, countTitle: String) {
        let (plotStart, plotEnd, numbers, bar) = (210.0, 486.0, 504.0, 690.0)
        let estimates = rows.compactMap(\.estimate)
        let unit = isRate ? 100.0 : 1
        let values = estimates.flatMap { [$0.value] + ($0.interval.map { [$0.lower, $0.upper] } ?? []) }.map {
            $0 * unit
        }
        let scale = PictureScale(values, limits: isRate ? 0...100 : nil, from: plotStart, to: plotEnd)
        let decimals = Numbers.decimals(rows.map(\.estimate))
        y += 20
        svg.text(isRate ? "rate (interval)" : "mean (interval)", numbers, y, size: 10, color: SVG.Color.muted)
        svg.text(countTitle, Self.right, y, size: 10, color: SVG.Color.muted, anchor: .end)
        y += 8
        let height = 36.0
        let bottom = y + Double(rows.count) * height
        svg.line(Self.margin, y, Self.right, y)
        if !values.isEmpty {
            drawAxis(scale.ticks, from: y, to: bottom, unit: isRate ? "\u{00A0}%" : "")
            if let reference = rows.first?.estimate?.value {
                let place = scale.place(reference * unit)
                svg.line(place, y, place, bottom, color: SVG.Color.edge, dash: "2 3")
            }
        }
        let most = Double(max(rows.map(\.count).max() ?? 0, 1))
        for row in rows {
            let middle = y + height / 2
            svg.text(SVG.fit(row.name, 160, size: 13), Self.margin, middle - 1, size: 13)
            svg.text(SVG.fit(row.detail, 165, size: 10), Self.margin, middle + 12, size: 10, color: SVG.Color.muted)
            if let estimate = row.estimate {
                if let interval = estimate.interval {
                    let (from, to) = (scale.place(interval.lower * unit), scale.place(interval.upper * unit))
                    svg.line(from, middle, to, middle, color: row.color, width: 2)
                    for end in [from, to] { svg.line(end, middle - 4, end, middle + 4, color: row.color, width: 2) }
                }
                svg.circle(scale.place(estimate.value * unit), middle, radius: 5, color: row.color)
                svg.text(isRate ? Numbers.rate(estimate) : Numbers.estimate(estimate, decimals), numbers, middle + 4)
            } else {
                svg.text(row.missing, numbers, middle + 4, color: SVG.Color.muted)
            }
            let share = Double(max(row.count, 0)) / most
            svg.rectangle(bar, middle - 9, share * (Self.right - bar), 18, color: SVG.Color.fill, radius: 2)
            svg.text(Numbers.count(row.count), Self.right - 6, middle + 4, anchor: .end)
            y += height
            svg.line(Self.margin, y, Self.right, y)
        }
        y = bottom + (values.isEmpty ? 0 : 20)
    }
}
