import Definitions
import Foundation
import NativeAPI
import Words

/// The trials of a tuning job, the best first.
struct Trials: Sendable {
    struct Column: Sendable {
        var parameter: String
        /// Whether its values are numbers.
        var isAxis: Bool
        var isLog: Bool
    }

    struct Cell: Sendable {
        var text: String
        /// For the script; empty for a word.
        var number: String
        var parameter: String
    }

    struct Row: Sendable {
        var number: Int
        var title: String
        var href: String
        var state: Status
        /// For the script.
        var stateName: String
        var isBest: Bool
        var cells: [Cell]
        var score: String
        /// For the script; empty if the trial has no score.
        var scoreNumber: String
        var took: String
    }

    /// The most columns of parameters.
    private static let columnLimit = 8

    let metric: String
    let goal: String
    let goalWord: String
    let columns: [Column]
    let rows: [Row]
    let isEmpty: Bool
    let hasPoints: Bool
    let hasAxes: Bool
    let low: String
    let high: String
    let span: String
    /// How many are shown, if not all are.
    let note: String
    let progress: JobPage.Progress

    /// - Parameter trials: In the order in which they were made.
    init(_ job: TuningJob, _ trials: [TrainingJob]) {
        let definition = job.definition
        let isMaximum = definition.objective.direction == .maximize
        let objectives = Set(definition.candidates.map(\.objective.metric))
        metric = definition.objective.metric
        goal = isMaximum ? "max" : "min"
        goalWord = isMaximum ? "Higher is better." : "Lower is better."
        var ranges: [HyperparameterRange] = []
        for range in definition.candidates.flatMap(\.ranges) where !ranges.contains(where: { $0.name == range.name }) {
            ranges.append(range)
        }
        let shownRanges = Array(ranges.prefix(Self.columnLimit))
        columns = shownRanges.map(Column.init)
        let scored = trials.enumerated().map { index, trial in
            // What a failed trial wrote is not counted, as in the search itself.
            let score = trial.state.status == .failed ? nil : trial.metrics.last { objectives.contains($0.name) }?.value
            return (number: index + 1, trial: trial, score: score.flatMap { $0.isFinite ? $0 : nil })
        }
        // Those without a score come last, in their order.
        let sorted = scored.sorted { first, second in
            switch (first.score, second.score) {
            case (let one?, let other?) where one != other: isMaximum ? one > other : one < other
            case (.some, nil): true
            case (nil, .some): false
            default: first.number < second.number
            }
        }
        let shown = sorted.prefix(Pager.limit)
        let scores = shown.compactMap(\.score)
        let (lowest, highest) = (scores.min() ?? 0, scores.max() ?? 1)
        low = Numbers.exact(lowest, gap: "NaN")
        high = Numbers.exact(highest > lowest ? highest : lowest.nextUp, gap: "NaN")
        span = scores.isEmpty ? "" : "\(Numbers.measure(lowest)) to \(Numbers.measure(highest))"
        rows = shown.map { Row($0.number, $0.trial, $0.score, isBest: $0.trial.name == job.best, shownRanges) }
        isEmpty = rows.isEmpty
        hasPoints = scores.count > 1
        hasAxes = scores.count > 1 && columns.contains(where: \.isAxis)
        note = trials.count > rows.count ? "best first, \(rows.count) of \(Numbers.count(trials.count))" : "best first"

        let failed = trials.count { $0.state.status == .failed }
        let ended = trials.count { $0.state.status.isFinal }
        let running = trials.count - ended
        let total = max(min(definition.maxTrials, 1_000_000), trials.count, 1)
        let left = total - trials.count
        progress = JobPage.Progress(
            total: total,
            done: ended - failed,
            failed: failed,
            ended: ended,
            running: running,
            words: "\(ended - failed) done, \(failed) failed"
                + (job.state.status.isFinal ? "" : ", \(running) running, \(Numbers.count(left)) to go")
        )
    }
}

extension Trials.Column {
    fileprivate init(_ range: HyperparameterRange) {
        parameter = range.name
        switch range.values {
        case .integer(let min, let max, let scaling):
            (isAxis, isLog) = (true, Self.isLog(Double(min), Double(max), scaling))
        case .continuous(let min, let max, let scaling): (isAxis, isLog) = (true, Self.isLog(min, max, scaling))
        case .categorical: (isAxis, isLog) = (false, false)
        }
    }

    private static func isLog(_ min: Double, _ max: Double, _ scaling: HyperparameterRange.Scaling) -> Bool {
        min > 0 && (scaling == .logarithmic || scaling == .auto && max / min >= 100)
    }
}

extension Trials.Row {
    fileprivate init(
        _ number: Int,
        _ trial: TrainingJob,
        _ score: Double?,
        isBest: Bool,
        _ ranges: [HyperparameterRange]
    ) {
        self.number = number
        title = trial.name
        href = Links.page("jobs", JobKind.training.collection, trial.name)
        let status = trial.state.status
        state = isBest ? Status(.ok, "Best") : Status(status)
        stateName = isBest ? "best" : status == .failed ? "failed" : status.isFinal ? "done" : "running"
        self.isBest = isBest
        cells = ranges.map { range in
            let text = trial.definition.hyperparameters[range.name] ?? ""
            let value = Double(text).flatMap { $0.isFinite ? $0 : nil }
            return Trials.Cell(
                text: text.isEmpty ? Numbers.none : text.count > 8 ? value.map { Numbers.measure($0) } ?? text : text,
                number: value.map { Numbers.exact($0, gap: "NaN") } ?? "",
                parameter: range.name
            )
        }
        self.score = Numbers.measure(score)
        scoreNumber = score.map { Numbers.exact($0, gap: "NaN") } ?? ""
        took = trial.state.span ?? Numbers.none
    }
}
