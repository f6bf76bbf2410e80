/// The count, mean and variance of numbers, which can be added one at a time or merged.
///
/// - Source: Welford 1962; the merge is that of Chan, Golub and LeVeque 1979.
package struct Moments: Equatable, Sendable {
    /// The number of finite values.
    package private(set) var count = 0
    /// The number of values that were left out because they are not finite.
    package private(set) var excluded = 0
    private var runningMean = 0.0
    /// Σ (x − mean)²
    package private(set) var squaredDeviations = 0.0

    package init() {}

    /// - Returns: `nil` unless the numbers can be those of as many values.
    package init?(count: Int, mean: Double, squaredDeviations: Double) {
        guard count >= 0, mean.isFinite, squaredDeviations >= 0, count > 1 || squaredDeviations == 0 else { return nil }
        self.count = count
        runningMean = mean
        self.squaredDeviations = squaredDeviations
    }

    package init(_ values: some Sequence<Double>) {
        for value in values { add(value) }
    }

    package mutating func add(_ value: Double) {
        guard value.isFinite else {
            excluded = excluded.saturatingSum(1)
            return
        }
        count = count.saturatingSum(1)
        let delta = value - runningMean
        runningMean += delta / Double(count)
        squaredDeviations += delta * (value - runningMean)
    }

    package mutating func merge(_ other: Moments) {
        excluded = excluded.saturatingSum(other.excluded)
        guard other.count > 0 else { return }
        let (m, n) = (Double(count), Double(other.count))
        let delta = other.runningMean - runningMean
        runningMean += delta * (n / (m + n))
        squaredDeviations += other.squaredDeviations + delta * delta * (m * (n / (m + n)))
        count = count.saturatingSum(other.count)
    }

    /// `nil` if there are no values, or if it overflows.
    package var mean: Double? { count > 0 && runningMean.isFinite ? runningMean : nil }

    /// The variance with divisor n − 1. `nil` for fewer than two values, or if it overflows.
    package var variance: Double? {
        guard count > 1, squaredDeviations.isFinite else { return nil }
        return squaredDeviations / Double(count - 1)
    }

    /// The standard deviation with divisor n. `nil` without values, or if it overflows.
    package var populationDeviation: Double? {
        guard count > 0, squaredDeviations.isFinite else { return nil }
        return (squaredDeviations / Double(count)).squareRoot()
    }

    /// Returns Student's interval of the mean.
    ///
    /// - Returns: `nil` for fewer than two values, if all are equal, or unless alpha is inside (0, 1).
    package func meanInterval(alpha: Double) -> ConfidenceInterval? {
        guard let mean, let variance, variance > 0, alpha > 0, alpha < 1,
            let t = StudentDistribution.quantile(alpha / 2, degreesOfFreedom: Double(count - 1))
        else { return nil }
        return ConfidenceInterval(center: mean, margin: -t * (variance / Double(count)).squareRoot())
    }
}
