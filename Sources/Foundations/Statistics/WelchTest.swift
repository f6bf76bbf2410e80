/// Welch's t test of the difference of two means, the second minus the first, with the degrees of freedom of Satterthwaite.
package struct WelchTest: Equatable, Sendable {
    package let difference: Double
    /// The squared standard error of the difference.
    package let variance: Double
    package let degreesOfFreedom: Double
    package let result: TestResult

    /// - Returns: `nil` for fewer than two values on a side, or if both sides are constant.
    package init?(_ first: Moments, _ second: Moments) {
        guard let one = first.mean, let two = second.mean, let s = first.variance, let t = second.variance else {
            return nil
        }
        let (v, w) = (s / Double(first.count), t / Double(second.count))
        difference = two - one
        variance = v + w
        guard variance > 0, difference.isFinite, variance.isFinite else { return nil }
        // Shares of the variance, because its square may underflow.
        let (a, b) = (v / variance, w / variance)
        degreesOfFreedom = 1 / (a * a / Double(first.count - 1) + b * b / Double(second.count - 1))
        let statistic = difference / variance.squareRoot()
        guard let tail = StudentDistribution.survival(statistic.magnitude, degreesOfFreedom: degreesOfFreedom) else {
            return nil
        }
        result = TestResult(statistic: statistic, pValue: 2 * tail)
    }

    /// Returns the interval of the difference, or `nil` unless alpha is inside (0, 1).
    package func interval(alpha: Double) -> ConfidenceInterval? {
        guard alpha > 0, alpha < 1,
            let t = StudentDistribution.quantile(alpha / 2, degreesOfFreedom: degreesOfFreedom)
        else { return nil }
        return ConfidenceInterval(center: difference, margin: -t * variance.squareRoot())
    }
}
