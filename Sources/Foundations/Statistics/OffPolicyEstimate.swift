/// What the mean outcome would have been under another policy, from requests that were routed by known probabilities.
///
/// A weight is the probability of the logged choice under the other policy, divided by the probability with which it was chosen:
/// 0 if the other policy never chooses it.
package struct OffPolicyEstimate: Equatable, Sendable {
    package struct Value: Equatable, Sendable {
        package let mean: Double
        package let standardError: Double

        /// Returns the normal interval, or `nil` unless alpha is inside (0, 1).
        package func interval(alpha: Double) -> ConfidenceInterval? {
            guard let z = NormalDistribution.critical(alpha: alpha) else { return nil }
            return ConfidenceInterval(center: mean, margin: z * standardError)
        }
    }

    package let count: Int
    /// The mean of weight·outcome. Not biased, but its variance grows with the weights.
    package let inversePropensity: Value
    /// Σ weight·outcome / Σ weight, with the standard error √Σ w²(y − mean)² / Σ w, by its influence function.
    package let selfNormalized: Value
    /// (Σ w)² / Σ w²: the number of equally weighted requests that tell as much.
    package let effectiveSampleSize: Double

    /// Whether too few requests carry most of the weight for the normal intervals to hold: the effective sample size is below 100,
    /// or below 1 % of the requests.
    package var isUnreliable: Bool {
        effectiveSampleSize < 100 || effectiveSampleSize < 0.01 * Double(count)
    }

    /// - Returns: `nil` for fewer than two requests, if all weights are 0, if a weight is negative, if a number is not finite or
    ///   becomes too large, or if the lengths differ.
    package init?(weights: [Double], outcomes: [Double]) {
        guard weights.count == outcomes.count, weights.count > 1 else { return nil }
        guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), outcomes.allSatisfy(\.isFinite) else { return nil }
        count = weights.count
        let products = Moments(zip(weights, outcomes).lazy.map { $0 * $1 })
        let sum = weights.reduce(0, +)
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        guard products.excluded == 0, let mean = products.mean, let variance = products.variance, sum > 0, squares > 0,
            squares.isFinite
        else { return nil }
        inversePropensity = Value(mean: mean, standardError: (variance / Double(count)).squareRoot())
        effectiveSampleSize = sum / squares * sum
        let normalized = mean * (Double(count) / sum)
        let influence = zip(weights, outcomes).reduce(0) { total, pair in
            let term = pair.0 * (pair.1 - normalized)
            return total + term * term
        }
        guard normalized.isFinite, influence.isFinite, effectiveSampleSize.isFinite else { return nil }
        selfNormalized = Value(mean: normalized, standardError: influence.squareRoot() / sum)
    }
}
