import Definitions
import Foundation

/// Draws an assay: the scores of its windows, and the bins of the last one beside the baseline's.
struct AssayPicture {
    private static let width = 760.0
    private static let margin = 56.0
    private static let chart = 180.0

    private var svg = SVG()
    private var y = 40.0

    /// - Parameter results: The newest first.
    static func svg(of assay: Assay, _ results: [AssayResult]) -> String {
        var picture = AssayPicture()
        let inner = width - 2 * margin
        picture.svg.text(SVG.fit("Assay \(assay.name)", inner, size: 18), margin, picture.y, size: 18, isBold: true)
        picture.y += 22
        let what = "\(assay.definition.metric) of pipeline \(assay.definition.pipeline)"
        picture.svg.text(SVG.fit(what, inner), margin, picture.y, color: SVG.Color.muted)
        picture.y += 26
        picture.drawScores(Array(results.reversed()), assay.definition)
        if let last = results.first { picture.drawBins(last) }
        return picture.svg.document(width: width, height: picture.y + 24, title: "Assay \(assay.name)")
    }

    private mutating func drawTitle(_ text: String) {
        svg.text(SVG.fit(text, Self.width - 2 * Self.margin), Self.margin, y, isBold: true)
        y += 14
    }

    // MARK: Scores

    private mutating func drawScores(_ results: [AssayResult], _ definition: AssayDefinition) {
        drawTitle("Score")
        let points = results.compactMap { result in
            result.score.map { (end: result.end, score: $0, status: result.status) }
        }
        guard !points.isEmpty else {
            svg.text("No window with enough data yet.", Self.margin, y + 14, color: SVG.Color.muted)
            return y += 40
        }
        let thresholds = [definition.warn, definition.alert].compactMap(\.self)
        let scale = PictureScale([0] + points.map(\.score) + thresholds, from: y + Self.chart, to: y)
        let times = TimeScale(points.map(\.end), from: Self.margin, to: Self.width - Self.margin)
        for tick in scale.ticks {
            svg.line(Self.margin, tick.place, Self.width - Self.margin, tick.place)
            svg.text(tick.label, Self.margin - 6, tick.place + 4, size: 10, color: SVG.Color.muted, anchor: .end)
        }
        for threshold in thresholds {
            let place = scale.place(threshold)
            svg.line(Self.margin, place, Self.width - Self.margin, place, color: SVG.Color.worse, dash: "4 3")
        }
        let places = points.map { (x: times.place($0.end), y: scale.place($0.score)) }
        if places.count > 1 { svg.curve(places, color: SVG.Color.first) }
        for (point, place) in zip(points, places) where point.status != .ok || places.count <= 100 {
            let color = point.status == .alert ? SVG.Color.worse : SVG.Color.first
            svg.circle(place.x, place.y, radius: 3, color: color, isHollow: point.status == .warning)
        }
        y += Self.chart + 16
        for tick in times.ticks {
            svg.text(tick.label, tick.place, y, size: 10, color: SVG.Color.muted, anchor: .middle)
        }
        y += 30
    }

    // MARK: Bins

    private mutating func drawBins(_ result: AssayResult) {
        // More bars than this cannot be told apart.
        let bins = Array(result.bins.prefix(60))
        guard !bins.isEmpty else { return }
        drawTitle("The window that ended at \(Figures.minute(result.end)), beside the baseline")
        y += 4
        svg.rectangle(Self.margin, y - 8, 10, 10, color: SVG.Color.fill)
        svg.text("baseline", Self.margin + 16, y, size: 10, color: SVG.Color.muted)
        svg.rectangle(Self.margin + 80, y - 8, 10, 10, color: SVG.Color.second)
        svg.text("window", Self.margin + 96, y, size: 10, color: SVG.Color.muted)
        y += 12
        let totals = result.bins.reduce((0.0, 0.0)) { ($0.0 + Double($1.baseline), $0.1 + Double($1.window)) }
        func shares(_ bin: AssayResult.Bin) -> (old: Double, new: Double) {
            (Double(bin.baseline) / max(1, totals.0), Double(bin.window) / max(1, totals.1))
        }
        let scale = PictureScale(
            [0] + bins.flatMap { [shares($0).old, shares($0).new] },
            limits: 0...1,
            from: y + Self.chart,
            to: y
        )
        let bottom = scale.place(0)
        for tick in scale.ticks {
            svg.line(Self.margin, tick.place, Self.width - Self.margin, tick.place)
            svg.text(tick.label, Self.margin - 6, tick.place + 4, size: 10, color: SVG.Color.muted, anchor: .end)
        }
        let step = (Self.width - 2 * Self.margin) / Double(bins.count)
        for (index, bin) in bins.enumerated() {
            let x = Self.margin + Double(index) * step
            let (old, new) = shares(bin)
            svg.rectangle(
                x + step * 0.1,
                scale.place(old),
                step * 0.4,
                bottom - scale.place(old),
                color: SVG.Color.fill
            )
            svg.rectangle(
                x + step * 0.5,
                scale.place(new),
                step * 0.4,
                bottom - scale.place(new),
                color: SVG.Color.second
            )
            if bins.count <= 12 {
                let label = SVG.fit(Self.label(bin), step - 4, size: 9)
                svg.text(label, x + step / 2, bottom + 14, size: 9, color: SVG.Color.muted, anchor: .middle)
            }
        }
        y += Self.chart + 20
    }

    private static func label(_ bin: AssayResult.Bin) -> String {
        if let category = bin.category { return category }
        if let upper = bin.upper { return "≤ \(Figures.short(upper))" }
        return bin.lower.map { "> \(Figures.short($0))" } ?? "others"
    }
}
