import Definitions
import Foundation
import NativeAPI

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

    init(_ values: [Double?], start: Date, step: Int, unit: String) {
        self.values = values.map { $0.map(Self.short) ?? "-" }.joined(separator: " ")
        self.start = Int(saturating: start.timeIntervalSince1970.rounded())
        self.step = step
        let known = values.compactMap(\.self)
        let top = known.max() ?? 0
        max = Self.short(top > 0 ? top * 1.25 : 1)
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

    let title: String
    let note: String
    let choices: [Choice]
    let charts: [Course]

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
        let step = Double(series.stepSeconds)
        func chart(_ values: [Double?], _ unit: String) -> Spark {
            Spark(values, start: series.start, step: series.stepSeconds, unit: unit)
        }
        let rates = series.requests.map { $0.map { Double($0) / step } }
        let failed = zip(series.requests, series.errors).map { requests, errors -> Double? in
            guard let requests, let errors else { return nil }
            return requests > 0 ? Double(errors) / Double(requests) * 100 : 0
        }
        let totals = Totals(series.requests, series.errors, series.checkFailures)
        let words = chosen.words
        charts = [
            Course(
                "Requests",
                Numbers.measure(Self.newest(rates, isComplete: series.isLastStepComplete)),
                "/s",
                note: "\(Numbers.count(totals.requests)) in all",
                span: words,
                chart(rates, "/s")
            ),
            Course(
                "Failed",
                totals.failedPercent,
                "%",
                note: "\(Numbers.count(totals.errors)) of them",
                span: words,
                chart(failed, "%")
            ),
            Course(
                "p50",
                Numbers.measure(series.p50Milliseconds.last { $0 != nil } ?? nil),
                "ms",
                note: "whole request",
                span: words,
                chart(series.p50Milliseconds, "ms")
            ),
            Course(
                "p99",
                Numbers.measure(series.p99Milliseconds.last { $0 != nil } ?? nil),
                "ms",
                note: "within 6.25 %",
                span: words,
                chart(series.p99Milliseconds, "ms")
            ),
        ]
    }

    /// The value of the last step that is complete.
    private static func newest(_ values: [Double?], isComplete: Bool) -> Double? {
        (isComplete ? values[...] : values.dropLast()).last { $0 != nil } ?? nil
    }
}

extension PipelineSeries {
    var isLastStepComplete: Bool {
        start.addingTimeInterval(Double(requests.count) * Double(stepSeconds)) <= end
    }
}

/// Sums over a span. Counts come from this server, which keeps them far below the limits of an integer.
struct Totals: Sendable {
    let requests: Int
    let errors: Int
    private let checkFailures: Int

    init(_ requests: [Int?], _ errors: [Int?], _ checkFailures: [Int?]) {
        func sum(_ counts: [Int?]) -> Int { counts.reduce(0) { $0.addingReportingOverflow($1 ?? 0).partialValue } }
        self.requests = sum(requests)
        self.errors = sum(errors)
        self.checkFailures = sum(checkFailures)
    }

    /// The share of the requests that failed, in percent without the sign.
    var failedPercent: String {
        requests > 0 ? Numbers.fixed(Double(errors) / Double(requests) * 100, 2) : Numbers.none
    }

    /// The share of the requests that failed.
    var failed: Double? { requests > 0 ? Double(errors) / Double(requests) : nil }

    /// The share of the answered requests that failed a validation.
    var checksFailed: Double? {
        let answered = requests - errors
        return answered > 0 ? Double(checkFailures) / Double(answered) : nil
    }
}
