package import Definitions
import Foundation
import Statistics

/// What the windows of an assay are compared with, read once when the assay is defined.
struct AssayBaseline: Codable, Sendable {
    /// How many of the numbers are kept. Of more, these are chosen evenly.
    static let sampleLimit = 100_000
    /// The categories that have a bin of their own.
    private static let categoryBins = 100

    let summary: AssayResult.Summary
    /// The inner edges of bins of numbers; empty for categories.
    let edges: [Double]
    /// The categories that have a bin of their own, the most frequent ones first; empty for numbers.
    let categories: [String]
    /// The values in each bin. The last bin of categories has all others.
    let counts: [Int]
    /// All categories, to tell new ones from rare ones.
    let known: Set<String>
    /// Whether every value is 0 or 1.
    let isRate: Bool
    let moments: StoredMoments
    /// For a metric of quality, which has no values and no bins.
    var quality: WindowQuality?

    /// ``Moments`` as they are stored.
    struct StoredMoments: Codable, Sendable {
        let count: Int
        let mean: Double
        let squaredDeviations: Double

        init(_ moments: Moments) {
            count = moments.mean == nil ? 0 : moments.count
            mean = moments.mean ?? 0
            squaredDeviations = moments.squaredDeviations.isFinite ? moments.squaredDeviations : 0
        }

        var moments: Moments? { Moments(count: count, mean: mean, squaredDeviations: squaredDeviations) }
    }

    /// - Returns: The baseline, and a sample of its numbers in ascending order.
    /// - Throws: ``RoostError`` if there are too few values, or if they cannot be divided into the bins.
    static func make(
        _ values: AssayValues,
        _ definition: AssayDefinition
    ) throws(RoostError) -> (baseline: AssayBaseline, sample: [Double]) {
        let minimum = definition.minimum ?? AssayDefinition.defaultMinimum
        guard values.count >= minimum else {
            throw RoostError(
                .invalidInput,
                "Not enough data: the baseline has \(values.count) values of '\(definition.metric)'. At least \(minimum) are needed.",
                field: "baseline"
            )
        }
        if definition.isQualityMetric { return (try make(values.quality, values, definition), []) }
        let binning = definition.bins ?? AssayDefinition.Binning()
        var values = values
        if binning.by == .categories || !values.categories.isEmpty {
            guard binning.by == .categories || definition.bins == nil else {
                throw RoostError(
                    .invalidInput,
                    "'\(definition.metric)' has strings, which cannot be divided by '\(binning.by.rawValue)'. Use 'categories'.",
                    field: "bins"
                )
            }
            values.categorize()
        }
        let sorted = values.numbers.sorted()
        let moments = Moments(sorted)
        let summary = AssayResult.Summary(values, sorted: sorted)
        let isRate = !sorted.isEmpty && sorted.allSatisfy { $0 == 0 || $0 == 1 }
        if values.categories.isEmpty {
            let bins = try bins(binning, sorted, summary)
            return (
                AssayBaseline(
                    summary: summary,
                    edges: bins.edges,
                    categories: [],
                    counts: bins.counts(of: SortedNumbers(sorted)),
                    known: [],
                    isRate: isRate,
                    moments: StoredMoments(moments)
                ),
                evenly(sorted)
            )
        }
        guard definition.chosenStatistic.isForCategories else {
            throw RoostError(
                .invalidInput,
                "'\(definition.metric)' has categories, which '\(definition.chosenStatistic.rawValue)' cannot compare. Use one of: "
                    + AssayDefinition.Statistic.allCases.filter(\.isForCategories).map(\.rawValue).joined(
                        separator: ", "
                    )
                    + ".",
                field: "statistic"
            )
        }
        let ordered = values.categories.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let chosen = ordered.prefix(categoryBins)
        let rest = ordered.dropFirst(categoryBins).reduce(values.other) { $0 + $1.value }
        return (
            AssayBaseline(
                summary: summary,
                edges: [],
                categories: chosen.map(\.key),
                counts: chosen.map(\.value) + [rest],
                known: Set(values.categories.keys),
                isRate: false,
                moments: StoredMoments(moments)
            ),
            []
        )
    }

    private static func make(
        _ quality: WindowQuality?,
        _ values: AssayValues,
        _ definition: AssayDefinition
    ) throws(RoostError) -> AssayBaseline {
        let metric = definition.metric
        func fail(_ message: String, _ field: String) -> RoostError { RoostError(.invalidInput, message, field: field) }
        guard let quality else { throw fail("The labels of the baseline do not fit the predictions.", "baseline") }
        let names = quality.task.metrics.filter(AssayDefinition.qualityMetrics.contains)
        guard names.contains(metric) else {
            throw fail(
                "The quality of this pipeline is \(quality.task.rawValue), which has no '\(metric)'. Expected one of: "
                    + names.joined(separator: ", ") + ".",
                "metric"
            )
        }
        guard quality.value != nil, quality.standardError != nil else {
            throw fail(
                "Not enough data: the baseline has no value of '\(metric)' whose error can be told. It needs rows of each class, "
                    + "in at least 10 inferences.",
                "baseline"
            )
        }
        return AssayBaseline(
            summary: AssayResult.Summary(values, sorted: []),
            edges: [],
            categories: [],
            counts: [],
            known: [],
            isRate: false,
            moments: StoredMoments(Moments()),
            quality: quality
        )
    }

    var isCategorical: Bool { edges.isEmpty && quality == nil }

    private static func bins(
        _ binning: AssayDefinition.Binning,
        _ sorted: [Double],
        _ summary: AssayResult.Summary
    ) throws(RoostError) -> Bins {
        let count = binning.count ?? AssayDefinition.Binning.defaultCount
        let bins: Bins?
        switch binning.by {
        case .quantiles, .categories: bins = Bins.quantiles(of: SortedNumbers(sorted.filter(\.isFinite)), count: count)
        case .equalWidth:
            bins = summary.minimum.flatMap { low in
                summary.maximum.flatMap { Bins.equalWidth(from: low, to: $0, count: count) }
            }
        case .edges: bins = Bins(edges: binning.edges ?? [])
        }
        guard let bins else {
            throw RoostError(
                .invalidInput,
                "The baseline cannot be divided into bins by '\(binning.by.rawValue)': it has too few different numbers.",
                field: "bins"
            )
        }
        return bins
    }

    private static func evenly(_ sorted: [Double]) -> [Double] {
        guard sorted.count > sampleLimit else { return sorted }
        let step = Double(sorted.count) / Double(sampleLimit)
        return (0..<sampleLimit).map { sorted[min(sorted.count - 1, Int(saturating: (Double($0) + 0.5) * step))] }
    }
}

extension AssayDefinition {
    /// Whether the metric is one of those with a name.
    var isNamedMetric: Bool { GoalMetric.names.contains(metric) }

    var isQualityMetric: Bool { Self.qualityMetrics.contains(metric) }

    package var chosenStatistic: Statistic { statistic ?? (isNamedMetric || isQualityMetric ? .mean : .psi) }
}

extension AssayDefinition.Statistic {
    var isForCategories: Bool {
        switch self {
        case .psi, .jensenShannon, .chiSquared, .lInfinity, .robustLInfinity, .maximumDifference, .sumOfDifferences:
            true
        case .kolmogorovSmirnov, .wasserstein, .mean: false
        }
    }

    /// Whether it needs the numbers themselves, and not only their counts in bins.
    var needsNumbers: Bool {
        switch self {
        case .kolmogorovSmirnov, .wasserstein, .lInfinity, .robustLInfinity: true
        case .psi, .jensenShannon, .chiSquared, .maximumDifference, .sumOfDifferences, .mean: false
        }
    }

    /// The scores at which a window is a warning and an alert, unless the assay says so itself; `nil` if it has to.
    var defaultThresholds: (warn: Double, alert: Double)? {
        switch self {
        case .psi: (0.1, 0.25)
        case .kolmogorovSmirnov, .lInfinity, .robustLInfinity, .jensenShannon, .wasserstein, .chiSquared,
            .maximumDifference:
            (0.1, 0.2)
        case .sumOfDifferences: (0.2, 0.4)
        case .mean: nil
        }
    }
}
