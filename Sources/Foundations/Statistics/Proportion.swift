/// A share of successes among independent trials.
package struct Proportion: Equatable, Sendable {
    package let successes: Int
    package let count: Int

    /// - Returns: `nil` unless 0 ≤ successes ≤ count and the count is positive.
    package init?(successes: Int, count: Int) {
        guard count > 0, successes >= 0, successes <= count else { return nil }
        self.successes = successes
        self.count = count
    }

    package var failures: Int { count - successes }
    package var rate: Double { Double(successes) / Double(count) }
    /// The squared standard error of the rate.
    var variance: Double { rate * (Double(failures) / Double(count)) / Double(count) }

    /// Returns Wilson's score interval of the rate, or `nil` unless alpha is inside (0, 1).
    package func wilsonInterval(alpha: Double) -> ConfidenceInterval? {
        guard let z = NormalDistribution.critical(alpha: alpha) else { return nil }
        let n = Double(count)
        let shrinkage = 1 + z * z / n
        let center = (rate + z * z / (2 * n)) / shrinkage
        let margin = z / shrinkage * (variance + z * z / (4 * n * n)).squareRoot()
        // At no successes or no failures, the bound is exactly 0 or 1.
        return ConfidenceInterval(
            lower: successes == 0 ? 0 : center - margin,
            upper: failures == 0 ? 1 : center + margin
        )
    }
}

/// The difference of two independent rates, the second minus the first.
package struct ProportionDifference: Equatable, Sendable {
    package let first: Proportion
    package let second: Proportion

    package init(_ first: Proportion, _ second: Proportion) {
        self.first = first
        self.second = second
    }

    package var difference: Double { second.rate - first.rate }
    /// The squared standard error of the difference, not pooled.
    package var variance: Double { first.variance + second.variance }

    /// Returns Newcombe's interval, to show. It combines Wilson's intervals of the two rates.
    ///
    /// - Returns: `nil` unless alpha is inside (0, 1).
    /// - Source: Newcombe 1998, *Interval estimation for the difference between independent proportions*, method 10.
    package func newcombeInterval(alpha: Double) -> ConfidenceInterval? {
        guard let one = first.wilsonInterval(alpha: alpha), let two = second.wilsonInterval(alpha: alpha) else {
            return nil
        }
        let (p, q) = (first.rate, second.rate)
        let below = (q - two.lower) * (q - two.lower) + (one.upper - p) * (one.upper - p)
        let above = (two.upper - q) * (two.upper - q) + (p - one.lower) * (p - one.lower)
        return ConfidenceInterval(lower: difference - below.squareRoot(), upper: difference + above.squareRoot())
    }

    /// Returns Wald's interval, or `nil` unless alpha is inside (0, 1), or if both samples are constant.
    package func waldInterval(alpha: Double) -> ConfidenceInterval? {
        guard variance > 0, let z = NormalDistribution.critical(alpha: alpha) else { return nil }
        return ConfidenceInterval(center: difference, margin: z * variance.squareRoot())
    }

    /// Returns the z test with the pooled standard error, or `nil` if all trials had the same outcome.
    package func pooledTest() -> TestResult? {
        let (m, n) = (Double(first.count), Double(second.count))
        let total = m + n
        let successes = Double(first.successes) + Double(second.successes)
        let failures = Double(first.failures) + Double(second.failures)
        guard successes > 0, failures > 0 else { return nil }
        let variance = successes / total * (failures / total) * (1 / m + 1 / n)
        let z = difference / variance.squareRoot()
        return TestResult(statistic: z, pValue: 2 * NormalDistribution.survival(z.magnitude))
    }
}
