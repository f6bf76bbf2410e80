import Glibc

/// Compares two classifiers on the same cases, by the cases that only one of them gets right.
package struct McNemar: Equatable, Sendable {
    package let onlyFirst: Int
    package let onlySecond: Int

    /// - Returns: `nil` if a count is negative.
    package init?(onlyFirst: Int, onlySecond: Int) {
        guard onlyFirst >= 0, onlySecond >= 0 else { return nil }
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
    }

    /// The exact two-sided p-value, which may be looked at once; 1 without any such case. `nil` for counts above 1e15.
    package var exactPValue: Double? {
        let smaller = min(onlyFirst, onlySecond)
        let larger = Double(max(onlyFirst, onlySecond))
        if larger == 0 { return 1 }
        // P(X ≤ smaller) of a binomial distribution with both counts as trials and probability ½.
        guard let tail = IncompleteBeta(a: Double(smaller) + 1, b: larger, x: 0.5)?.upper else { return nil }
        return min(1, 2 * tail)
    }

    /// The logarithm of the e-value against equal chances: ln B(b + ½, c + ½) − ln B(½, ½) + (b + c)·ln 2.
    ///
    /// It may be looked at after every case. The sum is arranged so that the terms in b + c cancel before they are computed.
    package var logEvidence: Double {
        let b = Double(onlyFirst) + 0.5
        let c = Double(onlySecond) + 0.5
        let balance = (b - c) / (b + c)
        let exponent = (b - 0.5) * log1p(balance) + c * log1p(-balance)
        let corrections =
            SpecialFunctions.stirlingError(b) + SpecialFunctions.stirlingError(c)
            - SpecialFunctions.stirlingError(b + c)
        // ½·ln 2π − ½·ln 2 − ln π, as B(½, ½) = π.
        return exponent - 0.5 * log(c) - 0.5 * log(Double.pi) + corrections
    }
}
