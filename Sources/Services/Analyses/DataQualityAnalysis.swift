import Definitions
import Foundation
import Monitoring

/// Describes the columns of rows, and compares them with a baseline.
struct DataQualityAnalysis {
    private var constraints: DatasetConstraints?
    private let baseline: DatasetProfile?
    private let categoricalDriftMethod: MonitoringConfig.CategoricalDriftMethod?
    private var names: ColumnNames
    private var profiler = DatasetProfiler()
    private(set) var rowCount = 0

    /// - Parameters:
    ///   - files: Those of the baseline.
    ///   - excluded: The columns that are left out: names, or positions of inputs from 0 on.
    ///   - categoricalDriftMethod: What the suggested constraints say; `nil` for the default.
    /// - Throws: ``RoostError`` if a file is invalid.
    init(_ files: BaselineFiles, excluded: [String], categoricalDriftMethod: String?) throws {
        constraints = try files.constraints.map { try DatasetConstraints(json: $0) }
        baseline = try files.statistics.map { try DatasetProfile(json: $0) }
        self.categoricalDriftMethod = categoricalDriftMethod.flatMap(MonitoringConfig.CategoricalDriftMethod.init)
        let known = constraints?.features.map(\.name) ?? baseline?.features.map(\.name) ?? []
        names = ColumnNames(known, excluded: excluded)
    }

    /// - Throws: ``RoostError`` if there are too many columns.
    mutating func add(_ pair: DataBody.Pair) throws {
        rowCount += 1
        let fields = names.fields(of: pair)
        try profiler.add(named: fields.lazy.map { ($0.name, $0.value.map(DatasetField.text) ?? .missing) })
    }

    func report() throws -> AnalysisReport {
        let profile = profiler.profile
        var suggested = profile.suggestedConstraints()
        if let categoricalDriftMethod {
            suggested.monitoringConfig.distributionConstraints?.categoricalDriftMethod = categoricalDriftMethod
        }
        var files = [
            (DatasetProfile.fileName, [UInt8](try profile.json())),
            (DatasetConstraints.fileName, [UInt8](try suggested.json())),
        ]
        var violationCount: Int?
        var drift: [String: Double] = [:]
        var emitsMetrics = true
        if var constraints {
            constraints.features.removeAll { names.excluded.contains($0.name) }
            let violations = constraints.violations(of: profile, baseline: baseline)
            files.append((ConstraintViolations.fileName, [UInt8](try violations.json())))
            violationCount = violations.violations.count
            if let baseline { drift = constraints.drift(of: profile, from: baseline) }
            emitsMetrics = constraints.monitoringConfig.emitMetrics != .disabled
        }
        return AnalysisReport(
            files: files,
            outcome: .init(rowCount: rowCount, violationCount: violationCount),
            metrics: emitsMetrics ? profile.features.flatMap { Self.metrics($0, drift: drift[$0.name]) } : []
        )
    }

    /// The metrics of a column, with the names that Model Monitor gives them.
    ///
    /// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
    private static func metrics(
        _ feature: DatasetProfile.Feature,
        drift: Double?
    ) -> [(name: String, summary: MonitoringMetric.Summary)] {
        var metrics: [(String, MonitoringMetric.Summary)] = []
        let name = feature.name
        let numberCount = feature.types.integral + feature.types.fractional
        if let numbers = feature.numbers, let sum = numbers.sum, let minimum = numbers.minimum,
            let maximum = numbers.maximum, numberCount > 0
        {
            let summary = MonitoringMetric.Summary(
                count: Double(numberCount),
                sum: sum,
                minimum: minimum,
                maximum: maximum
            )
            metrics.append(("feature_data_\(name)", summary))
        }
        // 1 for each row with a value and 0 for each without one, so that the average is the completeness.
        metrics.append(
            (
                "feature_non_null_\(name)",
                .init(
                    count: Double(feature.present) + Double(feature.missing),
                    sum: Double(feature.present),
                    minimum: feature.missing == 0 ? 1 : 0,
                    maximum: feature.present > 0 ? 1 : 0
                )
            )
        )
        if let drift, drift.isFinite { metrics.append(("feature_baseline_drift_\(name)", .init(drift))) }
        return metrics
    }
}
