import Statistics

/// How far the distribution of a column is from that of the baseline.
struct FeatureDrift {
    private enum Measure { case distance, pValue }

    /// The distance, or the p-value.
    let score: Double
    private let measure: Measure
    private let threshold: Double

    /// Compares numbers by the largest difference of their distribution functions, by their sketches.
    ///
    /// - Returns: `nil` if one has no numbers.
    init?(numbersOf current: DatasetProfile.Feature, _ baseline: DatasetProfile.Feature, _ rules: FeatureRules) {
        guard let a = baseline.numbers?.sketch, let b = current.numbers?.sketch, a.count > 0, b.count > 0 else {
            return nil
        }
        let distance = a.largestDifference(from: b)
        score = rules.method == .robust ? Drift.robust(distance, a.count, b.count) : distance
        measure = .distance
        threshold = rules.threshold
    }

    /// Compares categories by the largest difference of their shares, or by the test of χ².
    ///
    /// - Returns: `nil` if one has no values, or if the baseline has too many categories to count each.
    init?(categoriesOf current: DatasetProfile.Feature, _ baseline: DatasetProfile.Feature, _ rules: FeatureRules) {
        guard let known = baseline.strings?.counts, baseline.allCounted, let counts = current.strings?.counts,
            baseline.present > 0, current.present > 0
        else { return nil }
        let categories = known.keys.sorted() + counts.keys.filter { known[$0] == nil }.sorted()
        // What was not counted each is of no category of the baseline.
        let rest = current.present - counts.values.reduce(0, +)
        let (a, b) = (categories.map { known[$0] ?? 0 } + [0], categories.map { counts[$0] ?? 0 } + [max(0, rest)])
        threshold = rules.categoricalThreshold
        switch rules.categoricalMethod {
        case .lInfinity:
            let distance = Drift.maximumDifference(a, b)
            score = rules.method == .robust ? Drift.robust(distance, baseline.present, current.present) : distance
            measure = .distance
        case .chiSquared:
            guard let test = Drift.chiSquared(a, b) else { return nil }
            score = test.pValue
            measure = .pValue
        }
    }

    /// What is wrong, if the threshold is exceeded.
    var problem: String? {
        switch measure {
        case .distance: score > threshold ? "Baseline drift distance: \(score) exceeds threshold: \(threshold)" : nil
        case .pValue: score < threshold ? "Baseline drift p-value: \(score) is below threshold: \(threshold)" : nil
        }
    }
}
