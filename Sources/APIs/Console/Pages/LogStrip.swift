import Definitions
import Foundation
import NativeAPI
import Words

/// The failed checks over time as bars, each of which leads to its entries.
///
/// Shows the last hour, or the chosen span if it goes further back. A span within what is shown is marked.
struct LogStrip: Sendable {
    struct Bar: Sendable {
        var x: String
        var y: String
        var width: String
        var height: String
        var kind: String
        var href: String
        var label: String
    }

    struct Mark: Sendable {
        var x: String
        var width: String
    }

    static let hour: TimeInterval = 3600
    /// A shorter span is shown with what is around it.
    private static let shortest: TimeInterval = 600
    private static let width = 944.0
    private static let height = 36.0

    let title: String
    let note: String
    let bars: [Bar]
    /// The chosen span, unless all of it is shown and nothing else.
    let chosen: Mark?
    let clocks: [String]

    /// Reads what is to be shown.
    ///
    /// - Returns: `nil` if no check failed then, or if nobody knows.
    static func read(_ path: String, _ filter: LogFilter, _ api: ConsoleAPI) async -> LogStrip? {
        let now = Date()
        guard let span = filter.span, span.lowerBound < now.addingTimeInterval(-hour) else {
            guard let series = try? await api.get(path + "/series", ["step": "30"], as: PipelineSeries.self) else {
                return nil
            }
            return LogStrip(series, filter, title: "in the last hour")
        }
        let margin = max(0, shortest - span.upperBound.timeIntervalSince(span.lowerBound)) / 2
        let (start, end) = (span.lowerBound.addingTimeInterval(-margin), span.upperBound.addingTimeInterval(margin))
        let query = ["start": NativeCoding.timestamp(start), "end": NativeCoding.timestamp(min(end, now))]
        guard let series = try? await api.get(path + "/series", query, as: PipelineSeries.self) else { return nil }
        return LogStrip(
            series,
            filter,
            title: "from \(Moment.minute(start)) to \(Moment.minute(min(end, now))) UTC"
        )
    }

    private init?(_ series: PipelineSeries, _ filter: LogFilter, title words: String) {
        let counts = series.checkFailures.map { max(0, $0 ?? 0) }
        guard let most = counts.max(), most > 0, series.stepSeconds > 0 else { return nil }
        let step = Double(series.stepSeconds)
        let length = Double(counts.count) * step
        // Days need more room than hours.
        let isLong = length > 86_400
        func time(_ date: Date) -> String {
            isLong ? Moment.minute(date) : String(Moment.clock(date).prefix(5))
        }
        let slot = Self.width / Double(counts.count)
        bars = counts.enumerated().filter { $0.element > 0 }.map { index, count in
            let height = max(1, Double(count) / Double(most) * (Self.height - 1))
            let start = series.start.addingTimeInterval(Double(index) * step)
            return Bar(
                x: Numbers.fixed(Double(index) * slot + 0.5, 1),
                y: Numbers.fixed(Self.height - height, 1),
                width: Numbers.fixed(max(1, slot - 1), 1),
                height: Numbers.fixed(height, 1),
                kind: most >= 5 && count >= most - count ? "bad" : "base",
                href: filter.link(from: start, to: start.addingTimeInterval(step)),
                label: "\(time(start)), \(Numbers.count(count)) failed"
            )
        }
        let total = series.total.checkFailures
        title = "\(Numbers.count(total, "failed check")) \(words)"
        note = "per \(Span.short(step)); choose a bar"
        chosen = Self.mark(filter.span, from: series.start, length: length)
        let parts = isLong ? 2 : 4
        clocks = (0...parts).map { part in
            let at = series.start.addingTimeInterval(length * Double(part) / Double(parts))
            return time(at) + (part == parts ? " UTC" : "")
        }
    }
    private static func mark(_ span: ClosedRange<Date>?, from start: Date, length: Double) -> Mark? {
        guard let span, length > 0 else { return nil }
        let low = max(0, span.lowerBound.timeIntervalSince(start) / length)
        let high = min(1, span.upperBound.timeIntervalSince(start) / length)
        // Nearly all is not worth a mark.
        guard high > low, high - low < 0.98 else { return nil }
        return Mark(x: Numbers.fixed(low * width, 1), width: Numbers.fixed(max(2, (high - low) * width), 1))
    }
}
