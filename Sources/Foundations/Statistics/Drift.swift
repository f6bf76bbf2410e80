import Glibc

/// How far the distribution of a window is from that of a baseline.
///
/// Counts are those of the same bins or categories in both; where one list is shorter, or a count is negative, it counts as 0. A side
/// without any counts has a share of 0 everywhere: whether there is enough to compare is for the caller to check first.
package enum Drift {
    /// The least share that the population stability index uses, so that it stays finite. Reports state it.
    package static let shareFloor = 1e-4

    // MARK: Counts of bins

    /// Returns the population stability index, Σ (q − p)·ln(q / p) over the shares p of the baseline and q of the window.
    ///
    /// Shares below ``shareFloor`` are raised to it and the others stay as they are, so that they may add up to more than 1.
    ///
    /// - Returns: 0 or greater; 0 if the shares are equal.
    /// - Source: Yurdakul and Naranjo 2020, *Statistical properties of the population stability index*.
    package static func populationStability(_ baseline: [Int], _ window: [Int]) -> Double {
        pairs(baseline, window).reduce(0) { sum, pair in
            let (p, q) = (max(pair.0, shareFloor), max(pair.1, shareFloor))
            return sum + (q - p) * log(q / p)
        }
    }

    /// Returns the population stability index that two samples of one distribution exceed with probability 1 − `confidence`.
    ///
    /// It is the quantile of χ² with B − 1 degrees of freedom, times 1/n + 1/m. With fewer than about 20 values to a bin the index is
    /// larger than that, because of the floor.
    ///
    /// - Parameters:
    ///   - bins: The number B of bins.
    ///   - n: The number of values in the baseline.
    ///   - m: The number of values in the window.
    /// - Returns: 0 for fewer than two bins. Infinity without values on a side, or unless the confidence is inside (0, 1).
    /// - Source: Yurdakul and Naranjo 2020.
    package static func populationStabilityNoise(bins: Int, _ n: Int, _ m: Int, confidence: Double) -> Double {
        guard bins > 1 else { return 0 }
        let quantile = ChiSquaredDistribution.quantile(confidence, degreesOfFreedom: Double(bins) - 1)
        guard n > 0, m > 0, let quantile else { return .infinity }
        return quantile * (1 / Double(n) + 1 / Double(m))
    }

    /// Returns the mean of the population stability index of two samples of one distribution, (B − 1)·(1/n + 1/m).
    ///
    /// - Returns: 0 for fewer than two bins. Infinity without values on a side.
    /// - Source: Yurdakul and Naranjo 2020.
    package static func expectedPopulationStabilityNoise(bins: Int, _ n: Int, _ m: Int) -> Double {
        guard bins > 1 else { return 0 }
        return n > 0 && m > 0 ? (Double(bins) - 1) * (1 / Double(n) + 1 / Double(m)) : .infinity
    }

    /// Returns the distance of Jensen and Shannon: the root of the mean divergence, in bits, of both from their mixture.
    ///
    /// - Returns: From 0 to 1.
    package static func jensenShannon(_ baseline: [Int], _ window: [Int]) -> Double {
        let divergence = pairs(baseline, window).reduce(0.0) { sum, pair in
            let middle = (pair.0 + pair.1) / 2
            return sum + term(pair.0, middle) + term(pair.1, middle)
        }
        return min(max(divergence / 2, 0), 1).squareRoot()
    }

    private static func term(_ share: Double, _ middle: Double) -> Double {
        share > 0 ? share * log2(share / middle) : 0
    }

    /// Returns the largest difference of shares, from 0 to 1.
    package static func maximumDifference(_ baseline: [Int], _ window: [Int]) -> Double {
        pairs(baseline, window).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }

    /// Returns the sum of the differences of shares, from 0 to 2.
    package static func sumOfDifferences(_ baseline: [Int], _ window: [Int]) -> Double {
        pairs(baseline, window).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
    }

    /// Returns a distance less the part of it that few values make by chance, max(0, L − 1.8·√((n + m) / (n·m))).
    ///
    /// 1.8 is the critical value of Kolmogorov and Smirnov at α ≈ 0.003.
    ///
    /// - Returns: 0 without values on a side.
    /// - Source: deequ, `Distance`, the method that SageMaker Model Monitor calls `Robust`.
    package static func robust(_ lInfinity: Double, _ n: Int, _ m: Int) -> Double {
        guard n > 0, m > 0 else { return 0 }
        return max(0, lInfinity - 1.8 * (1 / Double(n) + 1 / Double(m)).squareRoot())
    }

    private static func pairs(_ baseline: [Int], _ window: [Int]) -> [(Double, Double)] {
        let (p, q) = (shares(baseline), shares(window))
        return (0..<max(p.count, q.count)).map { ($0 < p.count ? p[$0] : 0, $0 < q.count ? q[$0] : 0) }
    }

    private static func shares(_ counts: [Int]) -> [Double] {
        let total = counts.reduce(0) { $0 + Double(max(0, $1)) }
        return counts.map { total > 0 ? Double(max(0, $0)) / total : 0 }
    }

    // MARK: Values

    /// Returns the largest difference of the two distribution functions, exact, and its two-sided p-value.
    ///
    /// The p-value is that of the limiting distribution at √(nm / (n + m))·D. It is too large for small samples, and for values that
    /// repeat.
    ///
    /// - Returns: A distance of 0 and a p-value of 1 if a side is empty.
    package static func kolmogorovSmirnov(
        _ a: SortedNumbers,
        _ b: SortedNumbers
    ) -> (distance: Double, pValue: Double) {
        guard !a.isEmpty, !b.isEmpty else { return (0, 1) }
        let distance = DistributionFunction.largestDifference(.init(a.values), .init(b.values))
        let (n, m) = (Double(a.count), Double(b.count))
        let tail = KolmogorovDistribution.survival((n / (n + m) * m).squareRoot() * distance)
        return (distance, tail.map { min(max($0, 0), 1) } ?? 1)
    }

    /// Returns the distance of Wasserstein of order 1: the area between the two distribution functions, in the unit of the values.
    ///
    /// - Returns: 0 if a side is empty. Infinity if an infinite value has another share in one sample than in the other, or if it
    ///   overflows.
    package static func wasserstein(_ a: SortedNumbers, _ b: SortedNumbers) -> Double {
        DistributionFunction.area(.init(a.values), .init(b.values))
    }

    /// Returns the distance of Wasserstein in standard deviations.
    ///
    /// - Parameter deviation: That of the baseline, with divisor n. Less than 0.001, or none, counts as 0.001.
    package static func wasserstein(_ a: SortedNumbers, _ b: SortedNumbers, normedBy deviation: Double) -> Double {
        let distance = wasserstein(a, b)
        return distance.isFinite ? distance / (deviation > 0.001 ? deviation : 0.001) : distance
    }

    // MARK: Shares

    /// Returns the z test of two shares, the second minus the first, with the pooled standard error.
    ///
    /// - Returns: A z of 0 and a p-value of 1 if all trials of both had the same outcome.
    package static func shareDifference(_ a: Proportion, _ b: Proportion) -> (z: Double, pValue: Double) {
        let test = ProportionDifference(a, b).pooledTest()
        return (test?.statistic ?? 0, test?.pValue ?? 1)
    }
}
