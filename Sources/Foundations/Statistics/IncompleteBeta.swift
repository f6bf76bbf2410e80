import Glibc

/// The regularized incomplete beta function Iₓ(a, b) and its complement, as logarithms, so that neither tail underflows.
///
/// - Source: the continued fraction of Press et al., *Numerical Recipes*, 6.4, in the form of Lentz.
package struct IncompleteBeta: Equatable, Sendable {
    /// ln Iₓ(a, b)
    package let logLower: Double
    /// ln (1 − Iₓ(a, b))
    package let logUpper: Double

    package var lower: Double { exp(logLower) }
    package var upper: Double { exp(logUpper) }

    /// - Returns: `nil` unless 0 < a, b ≤ 1e15 and 0 ≤ x ≤ 1, or if the continued fraction does not converge, which takes about
    ///   √max(a, b) steps.
    package init?(a: Double, b: Double, x: Double) {
        self.init(a: a, b: b, x: x, complement: 1 - x)
    }

    /// - Parameter complement: 1 − x, which the caller may know more precisely.
    init?(a: Double, b: Double, x: Double, complement: Double) {
        guard a > 0, b > 0, a <= 1e15, b <= 1e15, (0.0...1.0).contains(x), (0.0...1.0).contains(complement) else {
            return nil
        }
        if x == 0 {
            (logLower, logUpper) = (-.infinity, 0)
        } else if complement == 0 {
            (logLower, logUpper) = (0, -.infinity)
        } else if x < (a + 1) / (a + b + 2) {
            guard let tail = Self.logTail(a, b, x, complement) else { return nil }
            (logLower, logUpper) = (tail, SpecialFunctions.logOneMinusExp(tail))
        } else {
            guard let tail = Self.logTail(b, a, complement, x) else { return nil }
            (logLower, logUpper) = (SpecialFunctions.logOneMinusExp(tail), tail)
        }
    }

    /// Returns ln Iₓ(a, b), for an x that is not far above the mean a / (a + b).
    private static func logTail(_ a: Double, _ b: Double, _ x: Double, _ complement: Double) -> Double? {
        guard let fraction = continuedFraction(a, b, x) else { return nil }
        return min(logDensity(a, b, x, complement) + log(fraction) - log(a), 0)
    }

    /// Returns ln (xᵃ(1 − x)ᵇ / B(a, b)).
    ///
    /// With s = a + b and d = x·s − a it is a·ln(1 + d/a) + b·ln(1 − d/b) and small terms. The linear parts of the two logarithms
    /// cancel.
    static func logDensity(_ a: Double, _ b: Double, _ x: Double, _ complement: Double) -> Double {
        let sum = a + b
        let deviation = x * b - complement * a
        let exponent =
            a * SpecialFunctions.logMinusLinear(ratio: x * sum / a, deviation / a)
            + b * SpecialFunctions.logMinusLinear(ratio: complement * sum / b, -deviation / b)
        let corrections =
            SpecialFunctions.stirlingError(sum) - SpecialFunctions.stirlingError(a) - SpecialFunctions.stirlingError(b)
        return exponent + 0.5 * (log(a / sum) + log(b)) - SpecialFunctions.halfLogTwoPi + corrections
    }

    private static func continuedFraction(_ a: Double, _ b: Double, _ x: Double) -> Double? {
        func nonzero(_ value: Double) -> Double { value.magnitude < 1e-300 ? 1e-300 : value }
        let sum = a + b
        var c = 1.0
        var d = 1 / nonzero(1 - sum * x / (a + 1))
        var result = d
        for step in 1...1_000_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a - 1 + 2 * m) * (a + 2 * m))
            d = 1 / nonzero(1 + even * d)
            c = nonzero(1 + even / c)
            result *= d * c
            let odd = -(a + m) * (sum + m) * x / ((a + 2 * m) * (a + 1 + 2 * m))
            d = 1 / nonzero(1 + odd * d)
            c = nonzero(1 + odd / c)
            let change = d * c
            result *= change
            if (change - 1).magnitude < 4e-16 { return result > 0 ? result : nil }
        }
        return nil
    }
}

/// Returns ln B(a, b), or `nil` unless a and b are positive and finite.
package func logBeta(_ a: Double, _ b: Double) -> Double? {
    guard a > 0, b > 0, a.isFinite, b.isFinite, (a + b).isFinite else { return nil }
    return SpecialFunctions.logBeta(a, b)
}
