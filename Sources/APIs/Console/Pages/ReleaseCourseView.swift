import Definitions
import Foundation
import NativeAPI
import Words

/// The evidence of a release's canary over time.
struct ReleaseCourseView: Sendable {
    /// A line of the chart.
    struct Line: Sendable {
        var name: String
        var kind: String
        /// What its evidence has to reach; empty if that decides nothing.
        var bound: String
        var lineLabel: String
    }

    struct Value: Sendable {
        var exact: String
        var text: String
    }

    struct Point: Sendable {
        var time: String
        var text: String
        var stage: String
        var values: [Value]
    }

    /// The evidence that the chart can show. Beyond, its line stays at the top, which says so.
    private static let highest = 1e30
    /// What is less is as good as nothing.
    private static let lowest = 1e-3

    let title: String
    let label: String
    let bounds: String
    let top: String
    let lines: [Line]
    let points: [Point]

    /// - Returns: `nil` if there is nothing to draw.
    init?(_ evidence: ReleaseEvidence, _ release: Release) {
        let moments = evidence.moments.filter { $0.guardrails.count == evidence.guardrails.count }
        let hasGoal = moments.contains { $0.better != nil }
        guard moments.count > 1, let first = moments.first, let last = moments.last,
            hasGoal || !evidence.guardrails.isEmpty
        else { return nil }
        title = "Since \(Numbers.share(first.share))"
        label = "Evidence of the release of \(release.candidate.brief) since its canary began"
        var bounds: [String] = []
        if hasGoal, let bound = evidence.bound { bounds.append("\(Numbers.exact(bound)) better") }
        for bound in Set(evidence.guardrails.map(\.bound)).sorted() {
            bounds.append("\(Numbers.exact(bound)) bad roll back")
        }
        self.bounds = bounds.joined(separator: "; ")
        let all = moments.flatMap { $0.guardrails + [$0.better].compactMap(\.self) }
        top = all.contains { $0 > Self.highest } ? Numbers.exact(Self.highest) : ""
        var lines: [Line] = []
        if hasGoal {
            lines.append(
                Line(
                    name: "Goal",
                    kind: "new",
                    bound: Numbers.exact(evidence.bound),
                    lineLabel: "goal: \(Numbers.evidence(last.better))"
                )
            )
        }
        for (guardrail, value) in zip(evidence.guardrails, last.guardrails) {
            let name = MetricWords(guardrail.metric.metric).name
            let kind = value >= guardrail.bound ? "bad" : value * 10 >= guardrail.bound ? "warn" : "base"
            lines.append(
                Line(
                    name: name,
                    kind: kind,
                    bound: Numbers.exact(guardrail.bound),
                    lineLabel: "\(name.lowercased()): \(Numbers.evidence(value))"
                )
            )
        }
        self.lines = lines
        let reached = evidence.bound.flatMap { bound in moments.firstIndex { $0.better.map { $0 >= bound } ?? false } }
        let broken = evidence.guardrails.enumerated().map { index, guardrail in
            moments.firstIndex { $0.guardrails[index] >= guardrail.bound }
        }
        let places = Thinning.places(
            moments.count,
            keeping: ([reached] + broken).compactMap(\.self) + Thinning.changes(moments.map(\.share))
        )
        let step = last.time.timeIntervalSince(first.time) / Double(max(1, places.count - 1))
        points = places.map { index in
            let moment = moments[index]
            let values = (hasGoal ? [moment.better] : []) + moment.guardrails.map { $0 }
            return Point(
                time: NativeCoding.timestamp(moment.time),
                text: Moment.precise(moment.time, step: step),
                stage: Numbers.share(moment.share),
                values: values.map { value in
                    Value(
                        exact: Numbers.exact(value.map { min(max($0, Self.lowest), .greatestFiniteMagnitude) }),
                        text: Numbers.evidence(value)
                    )
                }
            )
        }
    }
}
