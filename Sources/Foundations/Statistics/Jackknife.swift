/// The error of a statistic that is no mean, by leaving out one group of rows after the other.
package enum Jackknife {
    /// Returns the standard error √((g − 1)/g · Σ (θ₍ᵢ₎ − mean)²).
    ///
    /// - Parameter parts: The statistic without each of the g groups, which have about the same size. Not empty.
    /// - Source: Efron and Tibshirani 1993, *An introduction to the bootstrap*, 11.5: the grouped jackknife.
    package static func standardError(_ parts: [Double]) -> Double {
        let count = Double(parts.count)
        return (Moments(parts).squaredDeviations * (count - 1) / count).squareRoot()
    }
}
