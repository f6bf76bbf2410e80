import Foundation

/// One column of a dataset, watched as the server watches it: a baseline, and a window after the other.
///
/// A window alerts if an effect is both over its threshold and over the noise of samples of that size. The column alerts if two of the
/// last three windows do.
struct DriftRule {
    static let bins = 10
    static let alpha = 0.01

    enum Score: CaseIterable {
        /// The population stability index over 0.1 and over the 99 % quantile of its noise.
        case populationStability
        /// Kolmogorov and Smirnov's distance of at least 0.1, with p < α.
        case kolmogorovSmirnov
        /// Categories: the population stability index, and χ² with p < α.
        case categories
        /// The share of missing values: a difference of at least 0.02, with p < α.
        case missing
    }

    let score: Score
    var baseline = 2000
    var window = 500
    var windows = 3
    /// The mean of the values, which have a deviation of 1, by window.
    var mean: @Sendable (Int) -> Double = { _ in 0 }
    /// The share of a category that the baseline does not have, by window.
    var newCategory: @Sendable (Int) -> Double = { _ in 0 }
    /// The share of missing values, by window. Window 0 is the baseline.
    var missingShare: @Sendable (Int) -> Double = { _ in 0.02 }

    /// Returns after how many windows the column alerts; `nil` if it never does.
    func alert(_ coin: inout Coin) -> Int? {
        var latest: [Bool] = []
        let isDrifted = comparison(&coin)
        for index in 1...windows {
            latest.append(isDrifted(index, &coin))
            if latest.suffix(3).count(where: { $0 }) >= 2 { return index }
        }
        return nil
    }

    /// Returns whether the first window alerts, whatever comes after it.
    func isFirstDrifted(_ coin: inout Coin) -> Bool { comparison(&coin)(1, &coin) }

    private func comparison(_ coin: inout Coin) -> (Int, inout Coin) -> Bool {
        switch score {
        case .populationStability:
            let values = SortedNumbers(normal(baseline, 0, &coin))
            guard let bins = Bins.quantiles(of: values, count: Self.bins) else { return { _, _ in true } }
            let counts = bins.counts(of: values)
            return { [self] index, coin in
                exceeds(counts, bins.counts(of: SortedNumbers(normal(window, mean(index), &coin))))
            }
        case .kolmogorovSmirnov:
            let values = SortedNumbers(normal(baseline, 0, &coin))
            return { [self] index, coin in
                let test = Drift.kolmogorovSmirnov(values, SortedNumbers(normal(window, mean(index), &coin)))
                return test.distance >= 0.1 && test.pValue < Self.alpha
            }
        case .categories:
            let counts = categories(baseline, 0, &coin)
            return { [self] index, coin in
                let other = categories(window, index, &coin)
                let test = Drift.chiSquared(counts, other)
                return exceeds(counts, other) && (test?.pValue ?? 1) < Self.alpha
            }
        case .missing:
            let first = missing(baseline, 0, &coin)
            return { [self] index, coin in
                guard let first, let second = missing(window, index, &coin) else { return true }
                let test = Drift.shareDifference(first, second)
                return (second.rate - first.rate).magnitude >= 0.02 && test.pValue < Self.alpha
            }
        }
    }

    private func exceeds(_ counts: [Int], _ other: [Int]) -> Bool {
        let noise = Drift.populationStabilityNoise(bins: counts.count, baseline, window, confidence: 1 - Self.alpha)
        return Drift.populationStability(counts, other) > max(0.1, noise)
    }

    private func normal(_ count: Int, _ mean: Double, _ coin: inout Coin) -> [Double] {
        (0..<count).map { _ in coin.normal() + mean }
    }

    /// Returns the counts of eight categories, the first four common, and of the new one.
    private func categories(_ count: Int, _ index: Int, _ coin: inout Coin) -> [Int] {
        var counts = [Int](repeating: 0, count: 9)
        for _ in 0..<count {
            let isRare = coin.flip(0.2)
            let place = coin.flip(newCategory(index)) ? 8 : (isRare ? 4 : 0) + Int(coin.uniform() * 4)
            counts[place] += 1
        }
        return counts
    }

    private func missing(_ count: Int, _ index: Int, _ coin: inout Coin) -> Proportion? {
        var missing = 0
        for _ in 0..<count where coin.flip(missingShare(index)) { missing += 1 }
        return Proportion(successes: missing, count: count)
    }

    // MARK: Noise

    /// Returns the population stability index of two samples of one distribution, in bins of the first.
    static func noise(baseline: Int, window: Int, _ coin: inout Coin) -> Double {
        let values = SortedNumbers((0..<baseline).map { _ in coin.normal() })
        guard let bins = Bins.quantiles(of: values, count: bins) else { return .infinity }
        let others = SortedNumbers((0..<window).map { _ in coin.normal() })
        return Drift.populationStability(bins.counts(of: values), bins.counts(of: others))
    }
}

extension Coin {
    /// Returns a number of the standard normal distribution, by Box and Muller.
    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * Double.pi * uniform())
    }
}

extension Simulations {
    static func drift(_ report: inout Report) async {
        // The floor makes the index of few values larger than χ² says.
        for (window, range) in [(100, 175...205), (300, 57...64), (1000, 18...22)] {
            await report.power("PSI of 5000 and \(window) values, no change, in thousandths", quantile: 0.95, range) {
                coin in
                Int(DriftRule.noise(baseline: 5000, window: window, &coin) * 1000)
            }
        }
        for score in DriftRule.Score.allCases {
            await report.falseAlarms("drift, \(score), no change: one window", alpha: DriftRule.alpha) { coin in
                DriftRule(score: score).isFirstDrifted(&coin)
            }
            await report.falseAlarms("drift, \(score), no change: 2 of 3 windows", alpha: DriftRule.alpha) { coin in
                DriftRule(score: score).alert(&coin) != nil
            }
        }
        // Few values, so that the noise decides and not the threshold.
        await report.falseAlarms("drift, PSI of 300 and 200 values, no change: one window", alpha: 0.02) { coin in
            DriftRule(score: .populationStability, baseline: 300, window: 200).isFirstDrifted(&coin)
        }
        await report.control("control: PSI of 300 and 200 values over 0.1, whatever the noise", atLeast: 0.1) { coin in
            DriftRule.noise(baseline: 300, window: 200, &coin) > 0.1
        }
        await report.power("drift, the mean moves by 0.5 deviations: PSI, windows", quantile: 0.99, 2...2) { coin in
            DriftRule(score: .populationStability, windows: 10, mean: { _ in 0.5 }).alert(&coin)
        }
        await report.power("drift, the mean moves by 0.5 deviations: KS, windows", quantile: 0.99, 2...2) { coin in
            DriftRule(score: .kolmogorovSmirnov, windows: 10, mean: { _ in 0.5 }).alert(&coin)
        }
        await report.power("drift, 5 % of a new category: windows", quantile: 0.99, 2...2) { coin in
            DriftRule(score: .categories, windows: 10, newCategory: { $0 > 0 ? 0.05 : 0 }).alert(&coin)
        }
        await report.power("drift, 2 to 8 % missing: windows", quantile: 0.99, 2...3) { coin in
            DriftRule(score: .missing, windows: 10, missingShare: { $0 > 0 ? 0.08 : 0.02 }).alert(&coin)
        }
        for score in [DriftRule.Score.populationStability, .kolmogorovSmirnov] {
            await report.power("drift, the mean moves by 0.02 a window: \(score), windows", 10...25) { coin in
                DriftRule(score: score, windows: 60, mean: { 0.02 * Double($0) }).alert(&coin)
            }
        }
    }
}
