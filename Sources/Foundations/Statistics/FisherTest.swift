import Glibc

/// Fisher's exact test of two shares, for counts that are too small for the z test.
package enum FisherTest {
    /// Returns the probability that the first of two samples has at least as many of all successes as it has, if both have the same
    /// rate.
    ///
    /// It is the upper tail of the hypergeometric distribution.
    ///
    /// - Source: Fisher 1935; as `scipy.stats.fisher_exact(alternative="greater")`.
    package static func upperTail(_ first: Proportion, _ second: Proportion) -> Double {
        let mean =
            (Double(first.successes) + Double(second.successes))
            * (Double(first.count) / (Double(first.count) + Double(second.count)))
        // From the mean outwards, each term is smaller than the one before.
        if Double(first.successes) > mean {
            return min(1, tail(Double(first.successes), first, second, step: 1))
        }
        return max(0, 1 - tail(Double(first.successes) - 1, first, second, step: -1))
    }

    /// Returns the sum of the probabilities of a number of successes in the first sample, and of all beyond it.
    private static func tail(_ start: Double, _ first: Proportion, _ second: Proportion, step: Double) -> Double {
        let (n, m) = (Double(first.count), Double(second.count))
        let successes = Double(first.successes) + Double(second.successes)
        let lowest = max(0, successes - m)
        let highest = min(n, successes)
        guard start >= lowest, start <= highest else { return 0 }
        var x = start
        var term = exp(logChoose(n, x) + logChoose(m, successes - x) - logChoose(n + m, successes))
        var sum = 0.0
        while term > sum * 1e-17 {
            sum += term
            let next = x + step
            guard next >= lowest, next <= highest else { break }
            let up = (n - min(x, next)) * (successes - min(x, next))
            let down = max(x, next) * (m - successes + max(x, next))
            term *= step > 0 ? up / down : down / up
            x = next
        }
        return sum
    }

    /// Returns ln C(n, k).
    private static func logChoose(_ n: Double, _ k: Double) -> Double {
        -log(n + 1) - SpecialFunctions.logBeta(k + 1, n - k + 1)
    }
}
