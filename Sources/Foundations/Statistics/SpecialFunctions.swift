import Glibc

/// Building blocks of the distributions, in forms that keep their precision for counts in the billions.
///
/// ln Γ(10⁹) is 2·10¹⁰, so a difference of two such values has lost six digits. The functions here subtract the large terms on
/// paper instead.
enum SpecialFunctions {
    static let halfLogTwoPi = 0.918_938_533_204_672_741_78

    /// Returns ln Γ(x) for x > 0.
    static func logGamma(_ x: Double) -> Double {
        // Unlike lgamma, lgamma_r does not write to a global variable.
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// Returns ln Γ(x) − ((x − ½)·ln x − x + ½·ln 2π) for x > 0: the error of Stirling's approximation.
    ///
    /// - Source: Abramowitz and Stegun, 6.1.41.
    static func stirlingError(_ x: Double) -> Double {
        guard x >= 10 else { return logGamma(x) - ((x - 0.5) * log(x) - x + halfLogTwoPi) }
        let y = 1 / (x * x)
        let tail = 1 / 1188 + y * (-691.0 / 360_360 + y * (1.0 / 156 - y * 3617 / 122_400))
        return (1.0 / 12 + y * (-1.0 / 360 + y * (1.0 / 1260 + y * (-1.0 / 1680 + y * tail)))) / x
    }

    /// Returns ln B(a, b) for a, b > 0.
    static func logBeta(_ a: Double, _ b: Double) -> Double {
        let (small, large) = a < b ? (a, b) : (b, a)
        let sum = small + large
        return halfLogTwoPi - 0.5 * log(large) + (small - 0.5) * log(small / sum) + large * log1p(-small / sum)
            + stirlingError(small) + stirlingError(large) - stirlingError(sum)
    }

    /// Returns ln(1 + u) − u, given 1 + u and u.
    ///
    /// - Parameter ratio: 1 + u, which the caller knows more precisely if u is close to −1.
    static func logMinusLinear(ratio: Double, _ u: Double) -> Double {
        guard u.magnitude < 0.5 else { return log(ratio) - u }
        // ln(1 + u) = 2·artanh(r) with r = u / (2 + u), and 2r − u = −u·r.
        let r = u / (2 + u)
        let y = r * r
        var series = 0.0
        var term = 1.0
        var divisor = 3.0
        while term > 1e-18 {
            series += term / divisor
            term *= y
            divisor += 2
        }
        return r * (2 * y * series - u)
    }

    /// Returns ln(1 − eˣ) for x ≤ 0.
    static func logOneMinusExp(_ x: Double) -> Double {
        x > -0.693 ? log(-expm1(min(x, 0))) : log1p(-exp(x))
    }

    /// Returns the argument, 0 or greater, at which a decreasing function takes a value, to the last bit.
    ///
    /// - Returns: `nil` if the value is not reached below 1e150, or the function is not defined.
    static func inverse(of value: Double, decreasing function: (Double) -> Double?) -> Double? {
        var lower = 0.0
        var upper = 1.0
        while let reached = function(upper), reached > value, upper < 1e150 { (lower, upper) = (upper, upper * 2) }
        guard let reached = function(upper), reached <= value else { return nil }
        for _ in 0..<200 {
            let middle = lower + (upper - lower) / 2
            guard middle > lower, middle < upper, let reached = function(middle) else { break }
            if reached > value { lower = middle } else { upper = middle }
        }
        return upper
    }
}

extension Int {
    /// Returns the sum, or `Int.max` if it does not fit. Both are 0 or greater.
    func saturatingSum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
