import Glibc

/// The number of requests that it takes to find a change of a rate.
///
/// It is that of a test which is looked at once, at the end. On an even split and a small change, ``EProcess`` takes about 30 to 45 %
/// more.
package struct SampleSize: Equatable, Sendable {
    package let champion: Int
    package let challenger: Int

    /// The sizes of both arms for the two-sided z test with the pooled standard error.
    ///
    /// n = (z₁₋α/₂·√(p̄q̄·(1 + 1/k)) + z_power·√(p₁q₁ + p₂q₂/k))² / Δ² for the champion, and k·n for the challenger.
    ///
    /// - Parameters:
    ///   - rate: The champion's.
    ///   - change: The change to find, of either sign.
    ///   - ratio: k, the challenger's requests for each of the champion's.
    /// - Returns: `nil` unless both rates, alpha and the power are inside (0, 1), the change is not 0 and the ratio is positive, or
    ///   if a size is above 2⁵³.
    package init?(rate: Double, change: Double, alpha: Double, power: Double, ratio: Double = 1) {
        let other = rate + change
        guard rate > 0, rate < 1, other > 0, other < 1, change != 0, ratio > 0, ratio.isFinite,
            let z = NormalDistribution.critical(alpha: alpha), let gain = NormalDistribution.quantile(power)
        else { return nil }
        let mean = (rate + ratio * other) / (1 + ratio)
        let spread =
            z * (mean * (1 - mean) * (1 + 1 / ratio)).squareRoot()
            + gain * (rate * (1 - rate) + other * (1 - other) / ratio).squareRoot()
        let size = spread * spread / (change * change)
        guard let champion = Self.count(size), let challenger = Self.count(size * ratio) else { return nil }
        self.champion = champion
        self.challenger = challenger
    }

    /// Returns the number of requests to both arms that are still needed, if a share of them goes to the challenger.
    ///
    /// - Returns: `nil` unless the share is inside (0, 1), or if the number is above 2⁵³.
    package func stillNeeded(champion haveChampion: Int, challenger haveChallenger: Int, share: Double) -> Int? {
        guard share > 0, share < 1 else { return nil }
        let first = max(0, Double(champion) - Double(haveChampion)) / (1 - share)
        let second = max(0, Double(challenger) - Double(haveChallenger)) / share
        return Self.count(max(first, second))
    }

    private static func count(_ size: Double) -> Int? {
        guard size >= 0, size <= 0x1p53 else { return nil }
        return Int(exactly: size.rounded(.up))
    }
}
