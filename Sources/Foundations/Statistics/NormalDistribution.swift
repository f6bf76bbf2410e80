import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    package static func cumulative(_ z: Double) -> Double { survival(-z) }

    /// Returns P(Z > z), precise in the far tail too.
    package static func survival(_ z: Double) -> Double { 0.5 * erfc(z * 0.5.squareRoot()) }

    /// Returns the z with P(Z ≤ z) = probability, or `nil` unless the probability is inside (0, 1).
    package static func quantile(_ probability: Double) -> Double? {
        guard probability > 0, probability < 1 else { return nil }
        if probability == 0.5 { return 0 }
        let tail = min(probability, 1 - probability)
        guard let z = SpecialFunctions.inverse(of: tail, decreasing: { survival($0) }) else { return nil }
        return probability < 0.5 ? -z : z
    }

    /// Returns the z that bounds a two-sided interval which misses with probability alpha, or `nil` unless alpha is inside (0, 1).
    package static func critical(alpha: Double) -> Double? {
        guard alpha > 0, alpha < 1 else { return nil }
        return quantile(alpha / 2).map { -$0 }
    }
}
