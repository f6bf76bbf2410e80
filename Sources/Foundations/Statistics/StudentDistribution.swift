import Glibc

/// Student's t distribution. Degrees of freedom are positive and need not be whole.
package enum StudentDistribution {
    /// From here on, the expansion around the normal distribution is more precise than a double.
    private static let expansionFreedom = 1e6

    /// Returns P(T ≤ t), or `nil` if `t` is not a number or the degrees of freedom are not positive and finite.
    package static func cumulative(_ t: Double, degreesOfFreedom: Double) -> Double? {
        survival(-t, degreesOfFreedom: degreesOfFreedom)
    }

    /// Returns P(T > t), or `nil` if `t` is not a number or the degrees of freedom are not positive and finite.
    package static func survival(_ t: Double, degreesOfFreedom: Double) -> Double? {
        guard !t.isNaN, degreesOfFreedom > 0, degreesOfFreedom.isFinite else { return nil }
        guard degreesOfFreedom < expansionFreedom else {
            return NormalDistribution.survival(normalDeviate(t, degreesOfFreedom))
        }
        let square = t * t
        guard square.isFinite else { return t > 0 ? 0 : 1 }
        let total = degreesOfFreedom + square
        guard
            let beta = IncompleteBeta(
                a: degreesOfFreedom / 2,
                b: 0.5,
                x: degreesOfFreedom / total,
                complement: square / total
            )
        else { return nil }
        return t > 0 ? 0.5 * beta.lower : 0.5 + 0.5 * beta.upper
    }

    /// Returns the t with P(T ≤ t) = probability, or `nil` unless the probability is inside (0, 1).
    package static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double? {
        guard probability > 0, probability < 1, degreesOfFreedom > 0 else { return nil }
        if probability == 0.5 { return 0 }
        let t = SpecialFunctions.inverse(of: min(probability, 1 - probability)) {
            survival($0, degreesOfFreedom: degreesOfFreedom)
        }
        return probability < 0.5 ? t.map { -$0 } : t
    }

    /// Returns the z with P(Z > z) = P(T > t), for many degrees of freedom.
    ///
    /// - Source: Hill 1970, *Algorithm 395: Student's t-distribution*, Communications of the ACM.
    private static func normalDeviate(_ t: Double, _ degreesOfFreedom: Double) -> Double {
        let a = degreesOfFreedom - 0.5
        let b = 48 * a * a
        let y = a * log1p(t * t / degreesOfFreedom)
        guard y < 1e6 else { return t > 0 ? .infinity : -.infinity }
        let correction = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
        let z = ((correction + y + 3) / b + 1) * y.squareRoot()
        return t > 0 ? z : -z
    }
}
