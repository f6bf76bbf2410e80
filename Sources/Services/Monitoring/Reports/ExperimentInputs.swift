import Foundation
import Pipelines
import Statistics

/// What the report on an experiment is computed from, as it was read from the log and the labels.
///
/// It is kept with the report, so that the report can be computed again, bit for bit.
struct ExperimentInputs: Codable, Equatable, Sendable {
    /// The count, mean and spread of values.
    struct Tally: Codable, Equatable, Sendable {
        var count = 0
        var mean = 0.0
        var squaredDeviations = 0.0
        var ones = 0
        /// The values that are neither 0 nor 1.
        var others = 0

        init(_ moments: Moments, ones: Int, others: Int) {
            count = moments.count
            mean = moments.mean ?? 0
            squaredDeviations = moments.squaredDeviations
            self.ones = ones
            self.others = others
        }

        /// `nil` if there are other values than 0 and 1, or none.
        var proportion: Proportion? { others == 0 ? Proportion(successes: ones, count: count) : nil }
        var moments: Moments? { Moments(count: count, mean: mean, squaredDeviations: squaredDeviations) }
    }

    struct Latency: Codable, Equatable, Sendable {
        var p50: Double
        var p95: Double
        var p99: Double
        var count: Int
        /// The number of inferences over the budget.
        var over: Int?
    }

    struct Arm: Codable, Equatable, Sendable {
        var name: String
        var model: String
        var modelVersion: String
        var share: Double?
        var requests = 0
        var units = 0
        var labeled = 0
        var failed = 0
        var checkFailed = 0
        var latency: Latency?
        /// The goal's values.
        var goal: Tally
        /// Those of the units that were assigned with the current weights.
        var current: Tally
        var guardrails: [Tally]
    }

    /// Outcomes between 0 and 1, of which more is better for the goal, and worse for a guardrail.
    struct Outcomes: Codable, Equatable, Sendable {
        var count = 0
        var sum = 0.0

        mutating func add(_ value: Double) {
            count += 1
            sum += value
        }
    }

    /// Units that were assigned by the same weights.
    struct Assignments: Codable, Equatable, Sendable {
        var time: Int64
        /// Empty if the shares are not known. Then only a guardrail with a limit can use the units.
        var weights: [Double]
        /// Of each arm.
        var units: [Int]
        /// Of each guardrail and arm.
        var guardrails: [[Outcomes]]
    }

    /// Outcomes of the goal that came between two updates of the evidence.
    struct Batch: Codable, Equatable, Sendable {
        var time: Int64
        var weights: [Double]
        /// Of each arm.
        var outcomes: [Outcomes]
        /// The sum of the squares of the outcomes of each arm; `nil` in reports of servers that did not keep it.
        var squares: [Double]?
    }

    var arms: [Arm]
    var assignments: [Assignments]
    /// Empty if the goal cannot decide.
    var batches: [Batch]
    /// The inferences of the experiment in the window.
    var entries: Int
    /// Values of the goal outside of its range, which count as its nearest end.
    var clipped: Int
    /// Inferences without an outcome of the goal.
    var withoutOutcome: Int
    var repeatedIDs: Int
    /// Lines of the log that are not entries.
    var skippedLines: Int
    /// Entries of a release that did not log units, which cannot be used with a hash key.
    var withoutUnit: Int
    /// Whether retention has deleted inferences of the window, so that the evidence has no beginning.
    var isCut = false
    /// Inferences of units that an earlier step of a release has counted; `nil` for none.
    var alreadyCounted: Int?
}

/// Collects the values of a tally.
struct TallyBuilder {
    private var moments = Moments()
    private var ones = 0
    private var others = 0

    mutating func add(_ value: Double) {
        moments.add(value)
        if value == 1 { ones += 1 } else if value != 0 { others += 1 }
    }

    var tally: ExperimentInputs.Tally { ExperimentInputs.Tally(moments, ones: ones, others: others) }
}

extension ResolvedMetric {
    /// Returns a value as a number from 0 to 1, of which more is better; `nil` without a range.
    func scaled(_ value: Double) -> Double? {
        guard let range else { return nil }
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        let clipped = min(max(share, 0), 1)
        return isHigherBetter ? clipped : 1 - clipped
    }
}

extension ExperimentInputs.Latency {
    /// - Returns: `nil` without values.
    init?(_ milliseconds: [Double], budget: Double?) {
        let sorted = SortedNumbers(milliseconds)
        guard let p50 = sorted.quantile(at: 0.5), let p95 = sorted.quantile(at: 0.95),
            let p99 = sorted.quantile(at: 0.99)
        else { return nil }
        self.init(
            p50: p50,
            p95: p95,
            p99: p99,
            count: sorted.count,
            over: budget.flatMap { sorted.shareOver($0)?.successes }
        )
    }
}
