/// The difference of two models on the same rows, the second minus the first.
package enum PairedDifference {
    /// Returns the interval of the difference of two rates, from the rows that only one of them gets right.
    ///
    /// Half a row is added to each of the four cells of the table, so that the interval has a width even if the models never differ.
    ///
    /// - Parameters:
    ///   - onlyFirst: The rows that only the first one gets right.
    ///   - onlySecond: The rows that only the second one gets right.
    /// - Returns: `nil` without rows, if there are more of these rows than rows, or unless alpha is inside (0, 1).
    /// - Source: Agresti and Min 2005, *Simple improved confidence intervals for comparing matched proportions*.
    package static func ofRates(
        onlyFirst: Int,
        onlySecond: Int,
        count: Int,
        alpha: Double
    ) -> ConfidenceInterval? {
        guard count > 0, onlyFirst >= 0, onlySecond >= 0, onlyFirst <= count, onlySecond <= count - onlyFirst,
            let z = NormalDistribution.critical(alpha: alpha)
        else { return nil }
        let (b, c, n) = (Double(onlyFirst) + 0.5, Double(onlySecond) + 0.5, Double(count) + 2)
        let difference = (c - b) / n
        let variance = max(0, (b + c) / n - difference * difference) / n
        return ConfidenceInterval(center: difference, margin: z * variance.squareRoot())
    }

    /// Returns Student's interval of the mean of differences, which has no width if all are equal.
    ///
    /// - Returns: `nil` for fewer than two differences, or unless alpha is inside (0, 1).
    package static func ofMeans(_ differences: Moments, alpha: Double) -> ConfidenceInterval? {
        guard let mean = differences.mean, let variance = differences.variance, alpha > 0, alpha < 1 else { return nil }
        guard variance > 0 else { return ConfidenceInterval(lower: mean, upper: mean) }
        return differences.meanInterval(alpha: alpha)
    }

    /// Returns the interval of a difference that is no mean, such as that of two areas under a curve, by leaving out one group of rows
    /// after the other.
    ///
    /// - Parameters:
    ///   - whole: The difference on all rows.
    ///   - parts: The differences without each of the groups, which have about the same size.
    /// - Returns: `nil` for fewer than two groups, if a number is not finite, or unless alpha is inside (0, 1).
    /// - Source: Efron and Tibshirani 1993, *An introduction to the bootstrap*, 11.5: the grouped jackknife.
    package static func jackknife(whole: Double, parts: [Double], alpha: Double) -> ConfidenceInterval? {
        guard parts.count > 1, whole.isFinite, parts.allSatisfy(\.isFinite), alpha > 0, alpha < 1,
            let t = StudentDistribution.quantile(alpha / 2, degreesOfFreedom: Double(parts.count - 1))
        else { return nil }
        return ConfidenceInterval(center: whole, margin: -t * Jackknife.standardError(parts))
    }
}
