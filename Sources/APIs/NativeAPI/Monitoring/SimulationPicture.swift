package import Definitions
import Foundation
import Words

/// Draws the latencies of a simulation's subjects on one logarithmic scale.
package struct SimulationPicture {
    private static let width = 800.0
    private static let margin = 32.0
    private static let plotStart = 210.0
    private static let plotEnd = 600.0
    /// More subjects than a simulation may have.
    private static let limit = 20

    private var svg = SVG()
    private var y = 44.0

    package static func svg(of report: SimulationReport) -> String {
        var picture = SimulationPicture()
        picture.drawHeader(of: report)
        picture.drawLatencies(of: Array(report.subjects.prefix(limit)))
        for sentence in report.summary.prefix(limit) { picture.drawParagraph(sentence) }
        return picture.svg.document(width: width, height: picture.y + 24, title: "Latencies at the same rate")
    }

    private mutating func drawHeader(of report: SimulationReport) {
        svg.text(
            "Latencies at \(Numbers.measure(report.rate)) requests a second",
            Self.margin,
            y,
            size: 20,
            isBold: true
        )
        y += 20
        let facts =
            "\(report.arrivals.rawValue) arrivals  ·  \(Numbers.measure(report.duration)) s for each subject  ·  "
            + "\(Moment.minute(report.createdAt)) UTC"
        svg.text(facts, Self.margin, y, color: SVG.Color.muted)
        y += 26
    }

    private mutating func drawLatencies(of subjects: [SimulationReport.Subject]) {
        let values = subjects.compactMap(\.latency).flatMap {
            [$0.p50, $0.p90, $0.p95, $0.p99, $0.max].compactMap(\.self)
        }
        let scale = LogScale(values, from: Self.plotStart, to: Self.plotEnd)
        let right = Self.width - Self.margin
        svg.circle(Self.plotStart + 5, y - 4, radius: 5, color: SVG.Color.new)
        svg.text("p50", Self.plotStart + 14, y, size: 10, color: SVG.Color.muted)
        svg.circle(Self.plotStart + 55, y - 4, radius: 4, color: SVG.Color.new, isHollow: true)
        svg.text("p90, p95, p99", Self.plotStart + 64, y, size: 10, color: SVG.Color.muted)
        svg.line(Self.plotStart + 146, y - 9, Self.plotStart + 146, y + 1, color: SVG.Color.new, width: 2)
        svg.text("max", Self.plotStart + 153, y, size: 10, color: SVG.Color.muted)
        svg.text("p50 · p95 · answers/s", right, y, size: 10, color: SVG.Color.muted, anchor: .end)
        y += 10
        let height = 40.0
        let bottom = y + height * Double(subjects.count)
        svg.line(Self.margin, y, right, y)
        for tick in scale.ticks {
            svg.line(tick.place, y, tick.place, bottom)
            svg.text(tick.label, tick.place, bottom + 15, size: 10, color: SVG.Color.muted, anchor: .middle)
        }
        svg.text("ms", Self.plotEnd + 8, bottom + 15, size: 10, color: SVG.Color.muted)
        for subject in subjects {
            draw(subject, scale, height)
            y += height
            svg.line(Self.margin, y, right, y)
        }
        y = bottom + 34
    }

    private mutating func draw(_ subject: SimulationReport.Subject, _ scale: LogScale, _ height: Double) {
        let middle = y + height / 2
        let color = subject.isSaturated ? SVG.Color.badMark : SVG.Color.new
        svg.text(SVG.fit(subject.name, 160, size: 13), Self.margin, middle - 1, size: 13)
        let failed = subject.requests.subtractingReportingOverflow(subject.answered).partialValue
        let detail =
            subject.isSaturated ? "saturated" : failed > 0 ? "\(Numbers.count(failed)) failed" : subject.kind.rawValue
        svg.text(
            detail,
            Self.margin,
            middle + 13,
            size: 10,
            color: subject.isSaturated || failed > 0 ? SVG.Color.bad : SVG.Color.muted
        )
        guard let latency = subject.latency else {
            return svg.text("no answer", Self.plotStart, middle + 4, color: SVG.Color.muted)
        }
        svg.line(scale.place(latency.p50), middle, scale.place(latency.max), middle, color: color, width: 2)
        svg.line(scale.place(latency.max), middle - 6, scale.place(latency.max), middle + 6, color: color, width: 2)
        for value in [latency.p90, latency.p95, latency.p99].compactMap(\.self) {
            svg.circle(scale.place(value), middle, radius: 4, color: color, isHollow: true)
        }
        svg.circle(scale.place(latency.p50), middle, radius: 5, color: color)
        let text =
            "\(Numbers.measure(latency.p50)) · \(Numbers.measure(latency.p95)) · \(Numbers.measure(subject.throughput))"
        svg.text(text, Self.width - Self.margin, middle + 4, anchor: .end)
    }

    private mutating func drawParagraph(_ text: String) {
        for line in SVG.wrapped(text, Self.width - 2 * Self.margin).prefix(6) {
            svg.text(line, Self.margin, y)
            y += 18
        }
    }
}
