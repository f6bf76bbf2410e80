import Glibc

/// An interval of the difference of two means that may be looked at all the time, the second minus the first.
///
/// It is asymptotic: it holds for constant weights and enough outcomes, which `init(rates:)` and `init(means:)` check as far as they
/// can. It is for drawing and for "no difference"; ``EProcess`` decides which arm is better.
///
/// - Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, *Time-uniform central limit theory and asymptotic confidence
///   sequences*, arXiv 2103.06476, equation 9.
package struct ConfidenceSequence: Equatable, Sendable {
    /// The number of outcomes in both arms at which the interval is tightest.
    private static let tunedCount = 5000.0
    private static let minimumOutcomes = 5
    private static let minimumValues = 300

    package let difference: Double
    /// The squared standard error of the difference.
    package let variance: Double
    /// The number of outcomes in both arms.
    package let count: Double

    /// - Returns: `nil` unless the variance and the count are positive, and all are finite.
    init?(difference: Double, variance: Double, count: Double) {
        guard difference.isFinite, variance > 0, variance.isFinite, count > 0, count.isFinite else { return nil }
        self.difference = difference
        self.variance = variance
        self.count = count
    }

    /// - Returns: `nil` for fewer than 5 successes or 5 failures in an arm.
    package init?(rates: ProportionDifference) {
        for rate in [rates.first, rates.second] {
            guard min(rate.successes, rate.failures) >= Self.minimumOutcomes else { return nil }
        }
        self.init(
            difference: rates.difference,
            variance: rates.variance,
            count: Double(rates.first.count) + Double(rates.second.count)
        )
    }

    /// - Returns: `nil` for fewer than 300 values in an arm, or if both arms are constant.
    package init?(means first: Moments, _ second: Moments) {
        guard min(first.count, second.count) >= Self.minimumValues, let test = WelchTest(first, second) else {
            return nil
        }
        self.init(
            difference: test.difference,
            variance: test.variance,
            count: Double(first.count) + Double(second.count)
        )
    }

    /// Returns the interval, or `nil` unless alpha is inside (0, 1).
    package func interval(alpha: Double) -> ConfidenceInterval? {
        guard let mixture = mixture(alpha) else { return nil }
        let scale = 2 * (mixture + 1) / (count * mixture) * log((mixture + 1).squareRoot() / alpha)
        return ConfidenceInterval(center: difference, margin: (count * variance * scale).squareRoot())
    }

    /// Returns the p-value that belongs to the interval, or `nil` unless alpha is inside (0, 1).
    package func pValue(alpha: Double) -> Double? {
        guard let mixture = mixture(alpha) else { return nil }
        let logEvidence = mixture / (mixture + 1) * (difference * difference / variance) / 2 - 0.5 * log1p(mixture)
        return min(1, exp(-logEvidence))
    }

    /// Returns n·ρ², where ρ² makes the interval tightest at the tuned count.
    private func mixture(_ alpha: Double) -> Double? {
        guard alpha > 0, alpha < 1 else { return nil }
        let logarithm = -2 * log(alpha)
        return count * (logarithm + log1p(logarithm)) / Self.tunedCount
    }
}
