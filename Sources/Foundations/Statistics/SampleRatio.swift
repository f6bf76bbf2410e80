import Glibc

/// Watches that requests are split as the weights say.
///
/// If they are not, then units were lost or counted twice, and no comparison of the arms is valid. The evidence is the Bayes factor
/// of a Dirichlet distribution around the weights, with α = 10⁴·weight, to the weights themselves. A change of the weights starts a
/// new factor; the factors are multiplied.
///
/// - Source: Lindon and Malek 2020, *Sequential testing of multinomial hypotheses*, arXiv 2011.03567.
package struct SampleRatio: Equatable, Sendable {
    /// The evidence is sufficient for an alarm at this level, E ≥ 1000.
    package static let alarmAlpha = 0.001
    private static let concentration = 1e4

    /// Evidence against "each request went to an arm by the weights".
    package private(set) var evidence = Evidence()
    /// The share of each arm. They add up to 1.
    package private(set) var weights: [Double]
    /// The requests of each arm since the weights were set.
    package private(set) var counts: [Int]
    private var earlierFactors = 0.0

    /// - Parameter weights: At least two, not negative. Only their ratios matter.
    /// - Returns: `nil` if the weights are not valid.
    package init?(weights: [Double]) {
        guard let normalized = Self.normalized(weights) else { return nil }
        self.weights = normalized
        counts = weights.map { _ in 0 }
    }

    package var isAlarming: Bool { evidence.rejects(atAlpha: Self.alarmAlpha) }

    /// - Returns: `false` if the weights are not valid or their number differs from before; nothing changes.
    @discardableResult
    package mutating func change(weights new: [Double]) -> Bool {
        guard new.count == weights.count, let normalized = Self.normalized(new) else { return false }
        if normalized == weights { return true }
        earlierFactors = evidence.logarithm
        weights = normalized
        counts = counts.map { _ in 0 }
        return true
    }

    /// - Parameter added: The new requests of each arm.
    /// - Returns: `false` if a count is negative or their number differs from that of the weights; nothing changes.
    @discardableResult
    package mutating func add(_ added: [Int]) -> Bool {
        guard added.count == counts.count, added.allSatisfy({ $0 >= 0 }) else { return false }
        for index in counts.indices { counts[index] = counts[index].saturatingSum(added[index]) }
        evidence.update(to: earlierFactors + Self.logBayesFactor(counts, weights))
        return true
    }

    /// Returns Pearson's test of the counts since the weights were set, to show. It may be looked at once.
    ///
    /// - Returns: `nil` without requests, or with fewer than two arms that have a weight.
    package func chiSquaredTest() -> TestResult? {
        let total = counts.reduce(0) { $0 + Double($1) }
        let arms = weights.indices.filter { weights[$0] > 0 }
        guard total > 0, arms.count > 1 else { return nil }
        // An arm without a weight must not have requests.
        guard weights.indices.allSatisfy({ weights[$0] > 0 || counts[$0] == 0 }) else {
            return TestResult(statistic: .infinity, pValue: 0)
        }
        let statistic = arms.reduce(0.0) { sum, arm in
            let expected = total * weights[arm]
            let deviation = Double(counts[arm]) - expected
            return sum + deviation * deviation / expected
        }
        let tail = ChiSquaredDistribution.survival(statistic, degreesOfFreedom: Double(arms.count - 1))
        return tail.map { TestResult(statistic: statistic, pValue: $0) }
    }

    private static func normalized(_ weights: [Double]) -> [Double]? {
        let sum = weights.reduce(0, +)
        guard weights.count > 1, weights.allSatisfy({ $0 >= 0 }), sum > 0, sum.isFinite else { return nil }
        return weights.map { $0 / sum }
    }

    /// Returns ln of Γ(A)/Γ(A + N) · Π Γ(αᵢ + nᵢ)/Γ(αᵢ) · Π πᵢ^−nᵢ, with A = Σ αᵢ and N = Σ nᵢ.
    ///
    /// By Stirling's formula it is Σ (αᵢ + nᵢ)·ln rᵢ and small terms, where rᵢ is the ratio of αᵢ + nᵢ to its expected value.
    private static func logBayesFactor(_ counts: [Int], _ weights: [Double]) -> Double {
        let total = counts.reduce(0) { $0 + Double($1) }
        var sum = 0.0
        for (count, weight) in zip(counts, weights) where weight > 0 || count > 0 {
            // A request that cannot happen is proof.
            guard weight > 0 else { return .infinity }
            let (n, prior) = (Double(count), concentration * weight)
            let posterior = prior + n
            sum += posterior * log1p((n - total * weight) / ((concentration + total) * weight))
            sum -= 0.5 * log(posterior / prior)
            sum += SpecialFunctions.stirlingError(posterior) - SpecialFunctions.stirlingError(prior)
        }
        return sum + 0.5 * log1p(total / concentration) - SpecialFunctions.stirlingError(concentration + total)
            + SpecialFunctions.stirlingError(concentration)
    }
}
