import Definitions
import Foundation
import Statistics

/// Compares the values of a window with the baseline.
struct AssayComparison {
    /// The change of a share of missing values, or the share of new categories, that is a warning, and that is an alert.
    private static let shareThresholds = (warn: 0.05, alert: 0.1)
    private static let shownCategories = 20

    let definition: AssayDefinition
    let baseline: AssayBaseline
    /// The baseline's numbers in ascending order; empty unless the statistic needs them.
    let sample: [Double]

    private var alpha: Double { definition.alpha ?? AssayDefinition.defaultAlpha }
    private var minimum: Int { definition.minimum ?? AssayDefinition.defaultMinimum }
    /// Those of the definition, or else the statistic's own, as far as they fit. A mean with only one of them has no other.
    private var thresholds: (warn: Double?, alert: Double?) {
        let defaults = definition.chosenStatistic.defaultThresholds
        let alert = definition.alert ?? defaults.map { max($0.alert, definition.warn ?? 0) }
        return (definition.warn ?? defaults.map { min($0.warn, alert ?? $0.warn) }, alert)
    }

    /// A finding about one aspect of a window.
    private struct Finding {
        var status: AssayResult.Status
        var reason: String
    }

    /// A score, and what tells it from chance.
    struct Score {
        var value: Double
        /// What a window without drift exceeds with probability alpha at most.
        var noise: Double?
        var pValue: Double?

        func beatsChance(_ alpha: Double) -> Bool { noise.map { value > $0 } ?? pValue.map { $0 < alpha } ?? true }
    }

    func result(_ values: AssayValues, from start: Date, to end: Date, at time: Date) -> AssayResult {
        var values = values
        if baseline.isCategorical { values.categorize() }
        let sorted = values.numbers.sorted()
        let summary = AssayResult.Summary(values, sorted: sorted)
        let counts = counts(values, sorted)
        let score = summary.count >= minimum ? score(values, sorted, counts) : nil
        let new = newCategories(values)
        let newCount = new.reduce(0) { $0 + $1.value }
        let finding = finding(summary, score, newCount)
        return AssayResult(
            start: start,
            end: end,
            analyzedAt: time,
            status: finding.status,
            reason: finding.reason,
            score: score?.value,
            noise: score?.noise,
            pValue: score?.pValue,
            warn: thresholds.warn,
            alert: thresholds.alert,
            baseline: baseline.summary,
            window: summary,
            bins: bins(counts),
            newCategories: new.prefix(Self.shownCategories).map { .init(category: $0.key, count: $0.value) },
            newCount: newCount
        )
    }

    // MARK: Bins

    private func counts(_ values: AssayValues, _ sorted: [Double]) -> [Int] {
        guard baseline.isCategorical else {
            return Bins(edges: baseline.edges)?.counts(of: SortedNumbers(sorted)) ?? []
        }
        let known = baseline.categories.map { values.categories[$0] ?? 0 }
        return known + [values.count - known.reduce(0, +)]
    }

    private func bins(_ counts: [Int]) -> [AssayResult.Bin] {
        zip(baseline.counts, counts).enumerated().map { index, pair in
            var bin = AssayResult.Bin(baseline: pair.0, window: pair.1)
            if baseline.isCategorical {
                bin.category = index < baseline.categories.count ? baseline.categories[index] : nil
            } else {
                bin.lower = index > 0 ? baseline.edges[index - 1] : nil
                bin.upper = index < baseline.edges.count ? baseline.edges[index] : nil
            }
            return bin
        }
    }

    private func newCategories(_ values: AssayValues) -> [(key: String, value: Int)] {
        guard baseline.isCategorical else { return [] }
        return values.categories.filter { !baseline.known.contains($0.key) }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { ($0.key, $0.value) }
    }

    // MARK: Scores

    private func score(_ values: AssayValues, _ sorted: [Double], _ counts: [Int]) -> Score? {
        let (old, new) = (baseline.summary.count, values.count)
        let used = zip(baseline.counts, counts).count { $0 > 0 || $1 > 0 }
        switch definition.chosenStatistic {
        case .psi:
            return Score(
                value: Drift.populationStability(baseline.counts, counts),
                noise: Drift.populationStabilityNoise(bins: used, old, new, confidence: 1 - alpha)
            )
        case .jensenShannon:
            // For small differences, the divergence in nats is an eighth of the index.
            let noise = Drift.populationStabilityNoise(bins: used, old, new, confidence: 1 - alpha) / 8
            return Score(
                value: Drift.jensenShannon(baseline.counts, counts),
                noise: (noise / log(2)).squareRoot()
            )
        case .sumOfDifferences:
            // By the inequality of Cauchy and Schwarz, its square is at most Σ(q − p)²/p, which is distributed like the index.
            let noise = Drift.populationStabilityNoise(bins: used, old, new, confidence: 1 - alpha)
            return Score(value: Drift.sumOfDifferences(baseline.counts, counts), noise: noise.squareRoot())
        case .maximumDifference:
            return Score(value: Drift.maximumDifference(baseline.counts, counts), noise: maximumNoise(counts, used))
        case .chiSquared:
            guard let test = Drift.chiSquared(baseline.counts, counts) else { return Score(value: 0, pValue: 1) }
            let total = Double(old) + Double(new)
            return Score(value: (test.statistic / total).squareRoot(), pValue: test.pValue)
        case .lInfinity where baseline.isCategorical:
            return Score(value: Drift.maximumDifference(baseline.counts, counts), noise: maximumNoise(counts, used))
        case .robustLInfinity where baseline.isCategorical:
            return Score(value: Drift.robust(Drift.maximumDifference(baseline.counts, counts), old, new))
        case .kolmogorovSmirnov, .lInfinity:
            let test = Drift.kolmogorovSmirnov(SortedNumbers(sample), SortedNumbers(sorted))
            return Score(value: test.distance, pValue: test.pValue)
        case .robustLInfinity:
            let test = Drift.kolmogorovSmirnov(SortedNumbers(sample), SortedNumbers(sorted))
            return Score(value: Drift.robust(test.distance, sample.count, new))
        case .wasserstein:
            // An infinite value is infinitely far away.
            let (before, after) = (sample.filter(\.isFinite), sorted.filter(\.isFinite))
            let deviation = baseline.summary.deviation ?? 0
            let distance = Drift.wasserstein(SortedNumbers(before), SortedNumbers(after), normedBy: deviation)
            return Score(
                value: min(distance, .greatestFiniteMagnitude),
                noise: min(wassersteinNoise(before, after.count) / max(deviation, 0.001), .greatestFiniteMagnitude)
            )
        case .mean: return definition.isQualityMetric ? qualityScore(values.quality) : meanScore(sorted)
        }
    }

    /// The difference of the shares in one bin is about normal; the bins are tested together by Bonferroni.
    private func maximumNoise(_ counts: [Int], _ bins: Int) -> Double {
        let (n, m) = (Double(baseline.counts.reduce(0, +)), Double(counts.reduce(0, +)))
        guard n > 0, m > 0, let z = NormalDistribution.critical(alpha: alpha / Double(max(bins, 1))) else { return 0 }
        let variance =
            zip(baseline.counts, counts).map { pair in
                let share = (Double(pair.0) + Double(pair.1)) / (n + m)
                return share * (1 - share)
            }.max() ?? 0
        return z * (variance * (1 / n + 1 / m)).squareRoot()
    }

    /// z·√(1/n + 1/m)·∫√(F(1 − F)) dx: at each x, the difference of the distribution functions is about normal with this variance, and
    /// in the worst case it is as large everywhere at once.
    private func wassersteinNoise(_ sample: [Double], _ count: Int) -> Double {
        guard sample.count > 1, count > 0, let z = NormalDistribution.critical(alpha: alpha) else { return 0 }
        let n = Double(sample.count)
        var integral = 0.0
        for index in 1..<sample.count {
            let width = sample[index] - sample[index - 1]
            guard width.isFinite else { continue }
            let share = Double(index) / n
            integral += width * (share * (1 - share)).squareRoot()
        }
        return z * (1 / n + 1 / Double(count)).squareRoot() * integral
    }

    /// The difference of the metric in the two windows, whose variances add up.
    private func qualityScore(_ quality: WindowQuality?) -> Score? {
        guard let before = baseline.quality, let quality, before.task == quality.task, let old = before.value,
            let new = quality.value, let first = before.standardError, let second = quality.standardError,
            let z = NormalDistribution.critical(alpha: alpha)
        else { return nil }
        return Score(value: (new - old).magnitude, noise: z * (first * first + second * second).squareRoot())
    }

    private func meanScore(_ sorted: [Double]) -> Score? {
        let moments = Moments(sorted)
        guard let before = baseline.moments.moments, let old = before.mean, let new = moments.mean else { return nil }
        let value = (new - old).magnitude
        guard value.isFinite else { return nil }
        if baseline.isRate, sorted.allSatisfy({ $0 == 0 || $0 == 1 }) {
            guard
                let first = Proportion(
                    successes: Int(saturating: (old * Double(before.count)).rounded()),
                    count: before.count
                ),
                let second = Proportion(successes: sorted.count { $0 == 1 }, count: sorted.count)
            else { return nil }
            // All outcomes the same: no difference.
            return Score(value: value, pValue: ProportionDifference(first, second).pooledTest()?.pValue ?? 1)
        }
        // Two constants differ for sure.
        return Score(value: value, pValue: WelchTest(before, moments)?.result.pValue ?? (value > 0 ? 0 : 1))
    }

    // MARK: Findings

    private func finding(_ window: AssayResult.Summary, _ score: Score?, _ newCount: Int) -> Finding {
        var findings = [scoreFinding(window, score)]
        if let missing = missingFinding(window) { findings.append(missing) }
        if let new = newFinding(window, newCount) { findings.append(new) }
        let worst = findings.max { $0.status.severity < $1.status.severity }
        return worst ?? findings[0]
    }

    private func scoreFinding(_ window: AssayResult.Summary, _ score: Score?) -> Finding {
        guard window.count >= minimum else {
            return Finding(
                status: .notEnoughData,
                reason: "The window has \(window.count) values. At least \(minimum) are needed."
            )
        }
        guard let score else {
            return Finding(status: .notEnoughData, reason: "The window has no values that can be compared.")
        }
        let statistic = definition.chosenStatistic.rawValue
        if definition.chosenStatistic == .psi {
            let noise = Drift.expectedPopulationStabilityNoise(
                bins: baseline.counts.count,
                baseline.summary.count,
                window.count
            )
            if let alert = thresholds.alert, noise > alert / 2 {
                return Finding(
                    status: .notEnoughData,
                    reason: "Samples of this size differ by about \(Self.text(noise)) in \(statistic) by chance, "
                        + "which is more than half of the alert threshold \(Self.text(alert))."
                )
            }
        }
        let shown = shown(score, statistic, window)
        // The lower one of the two; there is at least one.
        let lowest = min(thresholds.warn ?? .infinity, thresholds.alert ?? .infinity)
        guard score.value >= lowest else {
            return Finding(status: .ok, reason: "\(shown), below \(Self.text(lowest)).")
        }
        guard score.beatsChance(alpha) else {
            let why =
                score.noise.map { "which is not more than chance explains (\(Self.text($0)))" }
                ?? "which chance explains (p = \(Self.text(score.pValue ?? 1)))"
            return Finding(status: .ok, reason: "\(shown), \(why).")
        }
        let isAlert = thresholds.alert.map { score.value >= $0 } ?? false
        return Finding(
            status: isAlert ? .alert : .warning,
            reason: "\(shown), at or above \(Self.text((isAlert ? thresholds.alert : thresholds.warn) ?? lowest))."
        )
    }

    private func shown(_ score: Score, _ statistic: String, _ window: AssayResult.Summary) -> String {
        guard definition.isQualityMetric, let old = baseline.summary.mean, let new = window.mean else {
            return "\(statistic) is \(Self.text(score.value))"
        }
        let metric = definition.metric
        return "\(metric) is \(Self.text(new)), compared with \(Self.text(old)) in the baseline; "
            + "the difference is \(Self.text(score.value))"
    }

    private func missingFinding(_ window: AssayResult.Summary) -> Finding? {
        let before = baseline.summary
        let (oldRows, newRows) = (before.count + before.missing, window.count + window.missing)
        guard newRows >= minimum else { return nil }
        let change = window.missingShare - before.missingShare
        guard change.magnitude >= Self.shareThresholds.warn,
            let first = Proportion(successes: before.missing, count: oldRows),
            let second = Proportion(successes: window.missing, count: newRows),
            let test = ProportionDifference(first, second).pooledTest(), test.pValue < alpha
        else { return nil }
        return Finding(
            status: change.magnitude >= Self.shareThresholds.alert ? .alert : .warning,
            reason: "\(Self.percent(window.missingShare)) of the values are missing, "
                + "compared with \(Self.percent(before.missingShare)) in the baseline."
        )
    }

    private func newFinding(_ window: AssayResult.Summary, _ newCount: Int) -> Finding? {
        guard window.count >= minimum, newCount > 0 else { return nil }
        let share = Double(newCount) / Double(window.count)
        guard share >= Self.shareThresholds.warn,
            let first = Proportion(successes: 0, count: baseline.summary.count),
            let second = Proportion(successes: newCount, count: window.count),
            let test = ProportionDifference(first, second).pooledTest(), test.pValue < alpha
        else { return nil }
        return Finding(
            status: share >= Self.shareThresholds.alert ? .alert : .warning,
            reason: "\(Self.percent(share)) of the values are categories that the baseline does not have."
        )
    }

    private static func text(_ number: Double) -> String {
        number.formatted(.number.precision(.significantDigits(1...3)).locale(Locale(identifier: "en_US_POSIX")))
    }

    private static func percent(_ share: Double) -> String {
        share.formatted(.percent.precision(.significantDigits(1...3)).locale(Locale(identifier: "en_US_POSIX")))
    }
}

extension AssayResult.Status {
    /// A higher one hides a lower one.
    var severity: Int {
        switch self {
        case .ok: 0
        case .notEnoughData: 1
        case .warning: 2
        case .alert: 3
        }
    }
}
