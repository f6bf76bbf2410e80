import Glibc

/// Compares the outcomes of a candidate with those of a champion on the same units.
///
/// A unit has one outcome of each, between 0 and 1, and d = candidate − champion. It bets on the side that is ahead:
///
///     e = 1 + λ·d,  λ = Σd / (Σd² + 1), at least 0 and at most 0.9
///
/// The sums are those of earlier units, so that the factor is at most 1 on average if the candidate is no better, whatever the
/// champion's rate is and however it drifts. For outcomes of 0 and 1, λ is that of the bettor of Krichevsky and Trofimov, 2θ̂ − 1:
/// if one side wins the first ten units that the two differ on, the evidence so far is that of ``McNemar``.
///
/// Equal differences in the same order give the same bits, on the same C library.
///
/// - Source: Waudby-Smith and Ramdas, *Estimating means of bounded random variables by betting*, arXiv 2010.09686.
package struct PairedEvidence: Equatable, Sendable {
    /// One unit never takes more than nine tenths of the evidence.
    private static let largestBet = 0.9

    /// Evidence against "the candidate is no better than the champion": that d is at most 0 on average, given the past.
    package private(set) var better = Evidence()
    /// Evidence against "the candidate is no worse than the champion".
    package private(set) var worse = Evidence()

    private var sum = 0.0
    private var squares = 0.0

    package init() {}

    /// Counts a unit.
    ///
    /// - Parameter difference: The candidate's outcome minus the champion's.
    /// - Returns: `false` if the difference is not possible; it is not counted.
    @discardableResult
    package mutating func add(_ difference: Double) -> Bool {
        guard (-1...1).contains(difference) else { return false }
        let bet = min(max(sum / (squares + 1), -Self.largestBet), Self.largestBet)
        if bet > 0 { better.update(to: better.logarithm + log1p(bet * difference)) }
        if bet < 0 { worse.update(to: worse.logarithm + log1p(bet * difference)) }
        sum += difference
        squares += difference * difference
        return true
    }
}
