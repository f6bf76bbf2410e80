/// How constraints are checked. What is `nil` has the default, or for one column the setting of the file.
package struct MonitoringConfig: Codable, Equatable, Sendable {
    package enum Switch: String, CaseIterable, Codable, Sendable {
        case enabled = "Enabled"
        case disabled = "Disabled"
    }

    package enum ComparisonMethod: String, CaseIterable, Codable, Sendable {
        /// The largest difference of two distributions.
        case simple = "Simple"
        /// The same, less what few values make by chance.
        case robust = "Robust"
    }

    package enum CategoricalDriftMethod: String, CaseIterable, Codable, Sendable {
        case lInfinity = "LInfinity"
        /// The threshold is a p-value, below which the distributions differ.
        case chiSquared = "ChiSquared"
    }

    package struct DistributionConstraints: Codable, Equatable, Sendable {
        package var performComparison: Switch?
        package var comparisonThreshold: Double?
        package var comparisonMethod: ComparisonMethod?
        /// That of numbers if it is `nil`.
        package var categoricalComparisonThreshold: Double?
        package var categoricalDriftMethod: CategoricalDriftMethod?

        enum CodingKeys: String, CodingKey {
            case performComparison = "perform_comparison"
            case comparisonThreshold = "comparison_threshold"
            case comparisonMethod = "comparison_method"
            case categoricalComparisonThreshold = "categorical_comparison_threshold"
            case categoricalDriftMethod = "categorical_drift_method"
        }
    }

    package var evaluateConstraints: Switch?
    /// Whether metrics are to be sent to CloudWatch.
    package var emitMetrics: Switch?
    /// The least share of the values that must be of the column's type.
    package var datatypeCheckThreshold: Double?
    /// The least share of the values that must be among those of the baseline.
    package var domainContentThreshold: Double?
    package var distributionConstraints: DistributionConstraints?

    package init() {}

    enum CodingKeys: String, CodingKey {
        case evaluateConstraints = "evaluate_constraints"
        case emitMetrics = "emit_metrics"
        case datatypeCheckThreshold = "datatype_check_threshold"
        case domainContentThreshold = "domain_content_threshold"
        case distributionConstraints = "distribution_constraints"
    }
}

extension MonitoringConfig {
    /// What SageMaker writes into the constraints of a baseline, which are the defaults.
    package static var suggested: MonitoringConfig {
        var config = MonitoringConfig()
        config.evaluateConstraints = .enabled
        config.emitMetrics = .enabled
        config.datatypeCheckThreshold = 1
        config.domainContentThreshold = 1
        config.distributionConstraints = DistributionConstraints(
            performComparison: .enabled,
            comparisonThreshold: 0.1,
            comparisonMethod: .robust,
            categoricalComparisonThreshold: 0.1,
            categoricalDriftMethod: .lInfinity
        )
        return config
    }

    /// The first invalid threshold: its path within the object.
    var invalidThreshold: String? {
        let shares = [
            (datatypeCheckThreshold, CodingKeys.datatypeCheckThreshold.rawValue),
            (domainContentThreshold, CodingKeys.domainContentThreshold.rawValue),
            (distributionConstraints?.comparisonThreshold, "distribution_constraints.comparison_threshold"),
            (
                distributionConstraints?.categoricalComparisonThreshold,
                "distribution_constraints.categorical_comparison_threshold"
            ),
        ]
        return shares.first { share, _ in share.map { !(0.0...1.0).contains($0) } ?? false }?.1
    }
}

/// The settings of one column, all of them known.
struct FeatureRules {
    let isEvaluated: Bool
    let typeThreshold: Double
    let domainThreshold: Double
    let comparesDistributions: Bool
    let method: MonitoringConfig.ComparisonMethod
    let threshold: Double
    let categoricalMethod: MonitoringConfig.CategoricalDriftMethod
    let categoricalThreshold: Double

    /// - Parameter overrides: Those of the column. If they disable the column, nothing enables it.
    init(_ config: MonitoringConfig, overrides: MonitoringConfig?) {
        let layers = [overrides, config, .suggested].compactMap { $0 }
        func first<Value>(_ setting: (MonitoringConfig) -> Value?, or value: Value) -> Value {
            layers.lazy.compactMap(setting).first ?? value
        }
        isEvaluated = ![overrides, config].contains { $0?.evaluateConstraints == .disabled }
        typeThreshold = first(\.datatypeCheckThreshold, or: 1)
        domainThreshold = first(\.domainContentThreshold, or: 1)
        comparesDistributions = first({ $0.distributionConstraints?.performComparison }, or: .enabled) == .enabled
        method = first({ $0.distributionConstraints?.comparisonMethod }, or: .robust)
        threshold = first({ $0.distributionConstraints?.comparisonThreshold }, or: 0.1)
        categoricalMethod = first({ $0.distributionConstraints?.categoricalDriftMethod }, or: .lInfinity)
        let known = [overrides, config].compactMap { $0?.distributionConstraints }
        categoricalThreshold =
            known.lazy.compactMap { $0.categoricalComparisonThreshold ?? $0.comparisonThreshold }.first ?? threshold
    }
}
