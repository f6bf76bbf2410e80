import Definitions
import Statistics

extension Estimate {
    /// Creates the estimate of a rate, with Wilson's interval.
    ///
    /// - Returns: `nil` without trials.
    init?(_ successes: Int, of count: Int, alpha: Double) {
        guard let proportion = Proportion(successes: successes, count: count) else { return nil }
        self.init(
            value: proportion.rate,
            interval: proportion.wilsonInterval(alpha: alpha).map(ValueRange.init),
            count: count
        )
    }
}

extension ValueRange {
    init(_ interval: ConfidenceInterval) { self.init(lower: interval.lower, upper: interval.upper) }
}

extension LatencySummary {
    /// - Parameter budget: In milliseconds.
    init(_ latency: ExperimentInputs.Latency, budget: Double?, alpha: Double) {
        self.init(
            p50: latency.p50,
            p95: latency.p95,
            p99: latency.p99,
            budget: budget,
            overBudget: latency.over.flatMap { Estimate($0, of: latency.count, alpha: alpha) }
        )
    }
}
