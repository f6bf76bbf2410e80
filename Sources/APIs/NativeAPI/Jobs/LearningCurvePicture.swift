import Definitions
import Foundation
import Words

/// Draws a learning curve: the metric over the number of lines, with each sample's value and the intervals of their means.
struct LearningCurvePicture {
    private static let width = 760.0
    private static let margin = 64.0
    private static let chart = 260.0

    private var svg = SVG()
    private var y = 44.0

    static func svg(of curve: LearningCurve) -> String {
        var picture = LearningCurvePicture()
        let inner = width - 2 * margin
        picture.svg.text(
            SVG.fit("Learning curve \(curve.name)", inner, size: 18),
            margin,
            picture.y,
            size: 18,
            isBold: true
        )
        picture.y += 22
        let direction = curve.direction.map { $0 == .minimize ? ", lower is better" : ", higher is better" } ?? ""
        let what = (curve.metric ?? "no metric yet") + direction
        picture.svg.text(SVG.fit(what, inner), margin, picture.y, color: SVG.Color.muted)
        picture.y += 20
        picture.drawPoints(curve)
        for line in SVG.wrapped(curve.summary ?? curve.state.failureReason ?? "", inner).prefix(6) {
            picture.svg.text(line, margin, picture.y)
            picture.y += 18
        }
        return picture.svg.document(width: width, height: picture.y + 24, title: "Learning curve \(curve.name)")
    }

    private mutating func drawPoints(_ curve: LearningCurve) {
        let points = curve.points.filter { $0.metric != nil }
        guard !points.isEmpty else {
            svg.text("No training job has ended yet.", Self.margin, y + 14, color: SVG.Color.muted)
            return y += 40
        }
        let estimates = points.compactMap(\.metric)
        let values =
            points.flatMap { $0.values.compactMap(\.self) }
            + estimates.compactMap(\.interval).flatMap { [$0.lower, $0.upper] }
        let scale = PictureScale(values, from: y + Self.chart, to: y)
        let (left, right) = (Self.margin, Self.width - Self.margin)
        for tick in scale.ticks {
            svg.line(left, tick.place, right, tick.place)
            svg.text(tick.label, left - 6, tick.place + 4, size: 10, color: SVG.Color.muted, anchor: .end)
        }
        func place(_ percent: Int) -> Double { left + Double(percent) / 100 * (right - left) }
        svg.curve(
            zip(points, estimates).map { (x: place($0.percent), y: scale.place($1.value)) },
            color: SVG.Color.new
        )
        for (point, estimate) in zip(points, estimates) {
            let x = place(point.percent)
            for value in point.values.compactMap(\.self) {
                svg.circle(x, scale.place(value), radius: 2.5, color: SVG.Color.muted, isHollow: true)
            }
            if let interval = estimate.interval {
                svg.line(
                    x,
                    scale.place(interval.lower),
                    x,
                    scale.place(interval.upper),
                    color: SVG.Color.new,
                    width: 2
                )
            }
            svg.circle(x, scale.place(estimate.value), radius: 4, color: SVG.Color.new)
            svg.text("\(point.percent) %", x, y + Self.chart + 16, size: 10, color: SVG.Color.muted, anchor: .middle)
            svg.text(
                Numbers.count(point.lines),
                x,
                y + Self.chart + 30,
                size: 10,
                color: SVG.Color.muted,
                anchor: .middle
            )
        }
        y += Self.chart + 58
    }
}
