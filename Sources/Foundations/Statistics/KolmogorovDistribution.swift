import Glibc

/// The limiting distribution of √n times the Kolmogorov–Smirnov statistic.
package enum KolmogorovDistribution {
    /// Returns P(K > x), or `nil` if `x` is not a number.
    ///
    /// Both series are the same function; each converges in a few terms on its side.
    package static func survival(_ x: Double) -> Double? {
        if x.isNaN { return nil }
        if x <= 0.04 { return 1 }
        if x < 1 {
            let exponent = -Double.pi * Double.pi / (8 * x * x)
            var sum = 0.0
            for odd in [1.0, 3, 5, 7] { sum += exp(odd * odd * exponent) }
            return 1 - (2 * Double.pi).squareRoot() / x * sum
        }
        var sum = 0.0
        var sign = 1.0
        for k in 1...6 {
            sum += sign * exp(-2 * Double(k * k) * x * x)
            sign = -sign
        }
        return 2 * sum
    }
}
