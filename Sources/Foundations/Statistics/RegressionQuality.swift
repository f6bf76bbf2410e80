/// The errors of predicted numbers.
package struct RegressionQuality: Equatable, Sendable {
    private var truth = Moments()
    private var absoluteErrors = 0.0
    private var squaredErrors = 0.0
    /// The number of pairs that were left out because a number is not finite.
    package private(set) var excluded = 0

    package init() {}

    package mutating func add(truth value: Double, predicted: Double) {
        guard value.isFinite, predicted.isFinite else {
            excluded = excluded.saturatingSum(1)
            return
        }
        let error = value - predicted
        truth.add(value)
        absoluteErrors += error.magnitude
        squaredErrors += error * error
    }

    package mutating func merge(_ other: RegressionQuality) {
        truth.merge(other.truth)
        absoluteErrors += other.absoluteErrors
        squaredErrors += other.squaredErrors
        excluded = excluded.saturatingSum(other.excluded)
    }

    package var count: Int { truth.count }

    /// `nil` without pairs, or if it overflows.
    package var meanSquaredError: Double? { mean(squaredErrors) }

    /// `nil` without pairs, or if it overflows.
    package var rootMeanSquaredError: Double? { meanSquaredError?.squareRoot() }

    /// `nil` without pairs, or if it overflows.
    package var meanAbsoluteError: Double? { mean(absoluteErrors) }

    /// The share of the variance that is explained. `nil` for fewer than two pairs, if the true values are all equal, or if it
    /// overflows.
    package var rSquared: Double? {
        guard count > 1, truth.squaredDeviations > 0, truth.squaredDeviations.isFinite, squaredErrors.isFinite else {
            return nil
        }
        return 1 - squaredErrors / truth.squaredDeviations
    }

    private func mean(_ sum: Double) -> Double? { count > 0 && sum.isFinite ? sum / Double(count) : nil }
}
