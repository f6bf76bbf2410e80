/// The number of successes in independent trials of one probability.
package enum BinomialDistribution {
    /// Returns P(X ≤ successes), or `nil` unless 0 ≤ successes ≤ trials and the probability is in [0, 1].
    package static func lowerTail(_ successes: Int, trials: Int, probability: Double) -> Double? {
        guard successes >= 0, successes <= trials, (0.0...1.0).contains(probability) else { return nil }
        if successes == trials { return 1 }
        return IncompleteBeta(a: Double(successes) + 1, b: Double(trials - successes), x: probability)?.upper
    }

    /// Returns P(X ≥ successes), or `nil` unless 0 ≤ successes ≤ trials and the probability is in [0, 1].
    package static func upperTail(_ successes: Int, trials: Int, probability: Double) -> Double? {
        guard successes >= 0, successes <= trials, (0.0...1.0).contains(probability) else { return nil }
        if successes == 0 { return 1 }
        return IncompleteBeta(a: Double(successes), b: Double(trials - successes) + 1, x: probability)?.lower
    }
}
