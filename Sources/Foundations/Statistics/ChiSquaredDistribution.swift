import Glibc

/// The chi-squared distribution.
package enum ChiSquaredDistribution {
    /// Returns P(X > x), or `nil` if `x` is not a number or the degrees of freedom are not in (0, 1e15].
    package static func survival(_ x: Double, degreesOfFreedom: Double) -> Double? {
        guard !x.isNaN, degreesOfFreedom > 0, degreesOfFreedom <= 1e15 else { return nil }
        if x <= 0 { return 1 }
        if x == .infinity { return 0 }
        return upperIncompleteGamma(degreesOfFreedom / 2, x / 2)
    }

    /// Returns the x with P(X ≤ x) = probability, or `nil` unless the probability is inside (0, 1) and the degrees of freedom are in
    /// (0, 1e15].
    package static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double? {
        guard probability > 0, probability < 1 else { return nil }
        return SpecialFunctions.inverse(
            of: 1 - probability,
            decreasing: { survival($0, degreesOfFreedom: degreesOfFreedom) }
        )
    }

    /// Returns Q(a, x) = Γ(a, x) / Γ(a) for a, x > 0.
    ///
    /// - Source: Press et al., *Numerical Recipes*, 6.2: a series below a + 1, a continued fraction above.
    private static func upperIncompleteGamma(_ a: Double, _ x: Double) -> Double? {
        let deviation = (x - a) / a
        // ln (xᵃ e⁻ˣ / Γ(a))
        let logFactor =
            a * SpecialFunctions.logMinusLinear(ratio: x / a, deviation) + 0.5 * log(a)
            - SpecialFunctions.halfLogTwoPi - SpecialFunctions.stirlingError(a)
        if x < a + 1 {
            return lowerSeries(a, x).map { max(0, 1 - exp(logFactor + log($0))) }
        }
        return upperFraction(a, x).map { exp(logFactor + log($0)) }
    }

    private static func lowerSeries(_ a: Double, _ x: Double) -> Double? {
        var term = 1 / a
        var sum = term
        for step in 1...10_000_000 {
            term *= x / (a + Double(step))
            sum += term
            if term < sum * 1e-17 { return sum }
        }
        return nil
    }

    private static func upperFraction(_ a: Double, _ x: Double) -> Double? {
        func nonzero(_ value: Double) -> Double { value.magnitude < 1e-300 ? 1e-300 : value }
        var b = x + 1 - a
        var c = 1e300
        var d = 1 / nonzero(b)
        var result = d
        for step in 1...10_000_000 {
            let i = Double(step)
            let numerator = -i * (i - a)
            b += 2
            d = 1 / nonzero(numerator * d + b)
            c = nonzero(b + numerator / c)
            let change = d * c
            result *= change
            if (change - 1).magnitude < 4e-16 { return result > 0 ? result : nil }
        }
        return nil
    }
}
