import Definitions
import Foundation
import Words

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
        picture.y += 24
        let badge = picture.svg.status(Status(assay), margin, picture.y, size: 13, isBold: true)
        if let last = assay.last {
            let words = "\(last.verdict.word). \(last.sentence)"
            let lines = SVG.wrapped(words, inner - badge - 14).prefix(4)
            for (index, line) in lines.enumerated() {
                picture.svg.text(line, margin + badge + 14, picture.y + Double(index) * 18)
            }
            picture.y += Double(max(lines.count - 1, 0)) * 18
        }
        picture.y += 30
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
        drawTitle("Score over time, \(definition.statisticWords)")
        let points = results.compactMap { result in
            result.score.map { (end: result.end, score: $0, status: result.status) }
        }
        guard !points.isEmpty else {
            svg.text("No window with enough data yet.", Self.margin, y + 14, color: SVG.Color.muted)
            return y += 40
        }
        let thresholds = [
            (results.last?.warn ?? definition.warn, "warning", SVG.Color.warning),
            (results.last?.alert ?? definition.alert, "alert", SVG.Color.bad),
        ].compactMap { value, word, color in value.map { (value: $0, word: word, color: color) } }
        let scale = PictureScale([0] + points.map(\.score) + thresholds.map(\.value), from: y + Self.chart, to: y)
        let times = TimeScale(points.map(\.end), from: Self.margin, to: Self.width - Self.margin)
        for tick in scale.ticks {
            svg.line(Self.margin, tick.place, Self.width - Self.margin, tick.place)
            svg.text(tick.label, Self.margin - 6, tick.place + 4, size: 10, color: SVG.Color.muted, anchor: .end)
        }
        for threshold in thresholds {
            let place = scale.place(threshold.value)
            svg.line(Self.margin, place, Self.width - Self.margin, place, color: SVG.Color.ink, dash: "4 3")
            svg.text(
                "\(threshold.word) \(Numbers.chosen(threshold.value))",
                Self.width - Self.margin,
                place - 4,
                size: 10,
                color: threshold.color,
                anchor: .end
            )
        }
        let places = points.map { (x: times.place($0.end), y: scale.place($0.score)) }
        if places.count > 1 { svg.curve(places, color: SVG.Color.new) }
        for (point, place) in zip(points, places) where point.status != .ok || places.count <= 100 {
            switch point.status {
            case .alert, .warning: svg.mark(Status(point.status), place.x, place.y)
            case .ok, .notEnoughData: svg.circle(place.x, place.y, radius: 2.5, color: SVG.Color.new)
            }
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
        drawTitle("Baseline and window until \(Moment.title(result.end)), share of values in each bin")
        y += 4
        svg.rectangle(Self.margin, y - 8, 10, 10, color: SVG.Color.base)
        svg.text("baseline", Self.margin + 16, y, size: 10, color: SVG.Color.muted)
        svg.rectangle(Self.margin + 80, y - 8, 10, 10, color: SVG.Color.new)
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
                color: SVG.Color.base
            )
            svg.rectangle(
                x + step * 0.5,
                scale.place(new),
                step * 0.4,
                bottom - scale.place(new),
                color: SVG.Color.new
            )
            if bins.count <= 12 {
                let label = SVG.fit(bin.name, step - 4, size: 9)
                svg.text(label, x + step / 2, bottom + 14, size: 9, color: SVG.Color.muted, anchor: .middle)
            }
        }
        y += Self.chart + 20
    }
}
