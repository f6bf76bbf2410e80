import Definitions
import NativeAPI

/// Assays and what they said.
extension WireSample {
    static func assays() -> [any WireType & Encodable] {
        let summary = AssayResult.Summary(
            count: 3,
            missing: 1,
            minimum: 0,
            maximum: 2,
            mean: 1,
            median: 1,
            deviation: 0.8
        )
        let result = AssayResult(
            start: time,
            end: time,
            analyzedAt: time,
            status: .alert,
            reason: "psi is 0.3, at or above 0.25.",
            score: 0.3,
            noise: 0.1,
            pValue: 0.001,
            warn: 0.1,
            alert: 0.25,
            baseline: summary,
            window: summary,
            bins: [.init(lower: 0, upper: 1, category: "red", baseline: 1, window: 2)],
            newCategories: [.init(category: "pink", count: 1)],
            newCount: 1
        )
        let definition = AssayDefinition(
            pipeline: "p",
            metric: "inputs.x",
            budgetMilliseconds: 10,
            model: "m",
            statistic: .psi,
            baseline: .init(
                start: time,
                end: time,
                values: [.number(1), .text("red"), .missing],
                uri: "s3://b/k",
                job: "j",
                channel: "train",
                column: "x"
            ),
            bins: .init(by: .edges, count: 2, edges: [0.5]),
            window: TimeSpan(seconds: 3600),
            every: TimeSpan(seconds: 60),
            cron: "0 * * * *",
            delay: TimeSpan(seconds: 60),
            warn: 0.1,
            alert: 0.25,
            alerts: 2,
            outOf: 3,
            minimum: 200,
            alpha: 0.01,
            isPaused: true
        )
        let assay = Assay(
            name: "a",
            definition: definition,
            createdAt: time,
            baseline: summary,
            level: .ok,
            last: result,
            nextEnd: time
        )
        let suggestion = AssaySuggestions.Suggestion(
            name: "p-inputs-x",
            definition: definition,
            reason: "Its values are numbers.",
            windows: 3,
            warnings: 1,
            alerts: 1,
            alarms: 0
        )
        return [
            definition,
            AssayList(
                assays: [assay],
                levels: [.ok: 1],
                windows: ["a": [AssayWindow(end: time, status: .ok, score: 0.1, warn: 0.2, alert: 0.3)]]
            ), AssayResultList(results: [result]),
            AssayPreview(baseline: summary, results: [result], alerts: [time]),
            AssaySuggestions(start: time, end: time, suggestions: [suggestion], notes: ["None."]),
        ]
    }
}
