import Glibc

/// Compares the outcomes of a challenger with those of a champion on randomly routed requests.
///
/// It uses the router's own coin. If both arms have the same rate at that moment, then the factor of a request is 1 on average over
/// the coin, whatever the rate is. So the test is exact for every number of requests, and stays so if weights move in stages while
/// the rate drifts.
///
///     e = y·θ̂_arm/θ̂₀ + (1 − y)·(1 − θ̂_arm)/(1 − θ̂₀),  θ̂₀ = w·θ̂_challenger + (1 − w)·θ̂_champion
///
/// The estimates θ̂ come from earlier batches only. Within a batch they are frozen, so counts are enough. For outcomes between 0 and
/// 1 the sum stands for y, which gives at most the product of the factors of the requests, because the logarithm is concave.
///
/// Equal batches in the same order give the same bits, on the same C library.
///
/// - Source: the assignment-randomized form of the safe test of two proportions: Turner, Ly and Grünwald 2021, arXiv 2106.02693.
package struct EProcess: Equatable, Sendable {
    /// The outcomes of an arm. An outcome is between 0 and 1.
    package struct Outcomes: Equatable, Sendable {
        package var count: Int
        package var sum: Double

        package init(count: Int, sum: Double) {
            self.count = count
            self.sum = sum
        }

        fileprivate var isValid: Bool { count >= 0 && sum >= 0 && sum <= Double(count) }
    }

    /// Requests that were routed by the same weight.
    package struct Batch: Equatable, Sendable {
        package var champion: Outcomes
        package var challenger: Outcomes
        /// The probability of the challenger, given that the request went to one of the two.
        package var weight: Double

        package init(champion: Outcomes, challenger: Outcomes, weight: Double) {
            self.champion = champion
            self.challenger = challenger
            self.weight = weight
        }

        /// A sum must be possible for its count, and an arm that cannot be chosen must have no requests.
        fileprivate var isValid: Bool {
            champion.isValid && challenger.isValid && weight >= 0 && weight <= 1
                && (weight > 0 || challenger.count == 0) && (weight < 1 || champion.count == 0)
        }
    }

    /// The weight of the pooled rate in the estimate of an arm, in requests.
    private static let priorWeight = 10.0

    /// Evidence against "the challenger's rate is at most the champion's".
    package private(set) var better = Evidence()
    /// Evidence against "the challenger's rate is at least the champion's".
    package private(set) var worse = Evidence()
    /// Evidence against "both rates are equal": the product of the two.
    package private(set) var different = Evidence()

    private var championCount = 0.0
    private var championSum = 0.0
    private var challengerCount = 0.0
    private var challengerSum = 0.0

    package init() {}

    /// - Returns: `false` if the batch is not possible; it is not counted.
    @discardableResult
    package mutating func add(_ batch: Batch) -> Bool {
        guard batch.isValid else { return false }
        let pool = (0.5 + championSum + challengerSum) / (1 + championCount + challengerCount)
        let champion = (Self.priorWeight * pool + championSum) / (Self.priorWeight + championCount)
        let challenger = (Self.priorWeight * pool + challengerSum) / (Self.priorWeight + challengerCount)
        let mixture = batch.weight * challenger + (1 - batch.weight) * champion

        let factor =
            Self.logFactor(batch.champion, rate: champion, mixture: mixture)
            + Self.logFactor(batch.challenger, rate: challenger, mixture: mixture)
        // Only one side bets, and only after both arms have differed. Beyond 2⁵³ requests a rate could round to 0 or 1.
        if factor.isFinite {
            if challenger > champion { better.update(to: better.logarithm + factor) }
            if challenger < champion { worse.update(to: worse.logarithm + factor) }
            different.update(to: better.logarithm + worse.logarithm)
        }

        championCount += Double(batch.champion.count)
        championSum += batch.champion.sum
        challengerCount += Double(batch.challenger.count)
        challengerSum += batch.challenger.sum
        return true
    }

    private static func logFactor(_ outcomes: Outcomes, rate: Double, mixture: Double) -> Double {
        guard outcomes.count > 0 else { return 0 }
        let rest = Double(outcomes.count) - outcomes.sum
        return outcomes.sum * log(rate / mixture) + rest * log((1 - rate) / (1 - mixture))
    }
}
