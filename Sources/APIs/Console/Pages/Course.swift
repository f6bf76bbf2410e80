import Definitions
import Foundation
import NativeAPI
import Words

/// Values over time, for a small chart.
struct Spark: Sendable {
    /// Numbers in the order of time, with `-` for gaps.
    let values: String
    /// In seconds since 1970.
    let start: Int
    /// In seconds.
    let step: Int
    /// The top of the scale.
    let max: String
    /// The same in words.
    let text: String

    /// - Parameter limit: What no value exceeds, such as 100 percent.
    init(_ values: [Double?], start: Date, step: Int, unit: String, limit: Double = .infinity) {
        self.values = values.map { $0.map(Self.short) ?? "-" }.joined(separator: " ")
        self.start = Int(saturating: start.timeIntervalSince1970.rounded())
        self.step = step
        let known = values.compactMap(\.self)
        let top = known.max() ?? 0
        max = Self.short(min(limit, top > 0 ? top * 1.25 : 1))
        text =
            known.isEmpty
            ? "no values"
            : "\(Numbers.measure(known.min())) to \(Numbers.with(unit, Numbers.measure(known.max())))"
    }

    /// Four digits are more than a small chart shows.
    private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}

/// A chart with its newest value and a fact to compare with.
struct Course: Sendable {
    let name: String
    let value: String
    let unit: String
    let note: String
    let label: String
    let chart: Spark

    init(_ name: String, _ value: String, _ unit: String, note: String, span: String, _ chart: Spark) {
        self.name = name
        self.value = value
        self.unit = unit
        self.note = note
        label = "\(name), \(span)"
        self.chart = chart
    }
}

/// What a pipeline did over a span, in four charts with one axis of time.
struct Courses: Sendable {
    struct Choice: Sendable {
        var text: String
        var href: String
        var isCurrent: Bool
    }

    /// The spans that can be chosen, in seconds.
    private static let spans: [(name: String, words: String, seconds: Double)] = [
        ("1 h", "last hour", 3600), ("24 h", "last 24 hours", 86_400), ("7 d", "last 7 days", 604_800),
    ]

    /// What the charts show in a step.
    struct Point: Sendable {
        var machine: String
        var text: String
        var values: [String]
    }

    let title: String
    let note: String
    let choices: [Choice]
    let charts: [Course]
    let heads: [String]
    let points: [Point]
    let pointsNote: String

    init(_ path: String, _ page: PageRequest, _ api: ConsoleAPI) async throws {
        let chosen = Self.spans.first { $0.name.filter { $0 != " " } == page.query("span") } ?? Self.spans[0]
        let start = Date(timeIntervalSinceNow: -chosen.seconds)
        let series = try await api.get(path, ["start": NativeCoding.timestamp(start)], as: PipelineSeries.self)
        title = chosen.words.prefix(1).uppercased() + chosen.words.dropFirst()
        note = "steps of \(Span.chosen(series.stepSeconds)), clock in UTC"
        choices = Self.spans.map { span in
            Choice(
                text: span.name,
                href: page.request.path + "?span=" + span.name.filter { $0 != " " },
                isCurrent: span.name == chosen.name
            )
        }
        func chart(_ values: [Double?], _ unit: String) -> Spark {
            let limit = unit == "%" ? 100 : Double.infinity
            return Spark(values, start: series.start, step: series.stepSeconds, unit: unit, limit: limit)
        }
        let total = series.total
        let refused = total.clientErrors == 0 ? "" : "; \(Numbers.count(total.clientErrors)) bad requests"
        let words = chosen.words
        charts = [
            Course(
                "Requests",
                Numbers.measure(series.rates.newest),
                "/s",
                note: "\(Numbers.count(total.requests)) in all",
                span: words,
                chart(series.rates.values, "/s")
            ),
            Course(
                "Failed",
                total.failed.map { Numbers.fixed($0 * 100, 2) } ?? Numbers.none,
                "%",
                note: Numbers.count(total.serverErrors) + refused,
                span: words,
                chart(series.failures, "%")
            ),
            Course(
                "p50",
                Numbers.measure(total.p50Milliseconds),
                "ms",
                note: "whole request",
                span: words,
                chart(series.p50Milliseconds, "ms")
            ),
            Course(
                "p99",
                Numbers.measure(total.p99Milliseconds),
                "ms",
                note: "within 6.25 %",
                span: words,
                chart(series.p99Milliseconds, "ms")
            ),
        ]
        let coarse = try await Self.coarse(series, path, start, api)
        heads = charts.map { "\($0.name) \($0.unit)".replacing("Requests /s", with: "Requests/s") }
        let columns = [coarse.rates.values, coarse.failures, coarse.p50Milliseconds, coarse.p99Milliseconds]
        points = coarse.requests.indices.map { index in
            let time = coarse.start.addingTimeInterval(Double(index * coarse.stepSeconds))
            return Point(
                machine: NativeCoding.timestamp(time),
                text: Moment.minute(time),
                values: columns.map { Numbers.measure(index < $0.count ? $0[index] : nil) }
            )
        }
        pointsNote = "steps of \(Span.chosen(coarse.stepSeconds)) from the time on, in UTC"
    }

    /// The same in steps of which a table can hold all.
    private static func coarse(
        _ series: PipelineSeries,
        _ path: String,
        _ start: Date,
        _ api: ConsoleAPI
    ) async throws -> PipelineSeries {
        guard series.requests.count > Thinning.limit else { return series }
        let seconds = series.requests.count * series.stepSeconds
        // One step is cut at the beginning, and one at the end.
        let step = steps.first { seconds / $0 + 2 <= Thinning.limit } ?? steps[steps.count - 1]
        let query = ["start": NativeCoding.timestamp(start), "step": String(step)]
        return try await api.get(path, query, as: PipelineSeries.self)
    }

    /// Lengths of steps in seconds.
    private static let steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]
}

extension PipelineSeries {
    /// Requests per second.
    var rates: Rates { Rates(requests, from: start, step: stepSeconds, countedUntil: end) }

    /// The share of the requests that failed because of the server, in percent; `nil` without requests.
    var failures: [Double?] {
        zip(requests, serverErrors).map { requests, errors in
            guard let requests, let errors, requests > 0 else { return nil }
            return Double(errors) / Double(requests) * 100
        }
    }
}

/// Requests per second by step.
struct Rates: Sendable {
    /// `nil` for a step that has not ended: its requests until now, divided by its whole length, would be too low a rate.
    let values: [Double?]
    /// The rate of the last step that has ended.
    let newest: Double?

    /// - Parameters:
    ///   - requests: By step, of which the first one begins at `start`.
    ///   - step: In seconds.
    ///   - end: Until when requests are counted.
    init(_ requests: [Int?], from start: Date, step: Int, countedUntil end: Date) {
        let length = Double(max(1, step))
        let ended = requests.indices.prefix { start.addingTimeInterval(Double($0 + 1) * length) <= end }
        let values = requests.indices.map { index in
            ended.contains(index) ? requests[index].map { Double($0) / length } : nil
        }
        self.values = values
        newest = ended.last.flatMap { values[$0] }
    }
}

/// Rates over a span.
extension SeriesTotal {
    /// The share of the requests that failed because of the server; `nil` without requests.
    var failed: Double? { requests > 0 ? Double(serverErrors) / Double(requests) : nil }

    /// The share of the requests that were refused because of what they said.
    var refused: Double? { requests > 0 ? Double(clientErrors) / Double(requests) : nil }

    /// The share of the answered requests that failed a validation.
    var checksFailed: Double? {
        let answered = requests - errors
        return answered > 0 ? Double(checkFailures) / Double(answered) : nil
    }
}
