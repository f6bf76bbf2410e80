package import Definitions
package import Foundation

/// What a dataset or a model did not satisfy: `constraint_violations.json` of SageMaker Model Monitor.
package struct ConstraintViolations: Codable, Equatable, Sendable {
    package static let fileName = "constraint_violations.json"

    package struct Violation: Codable, Equatable, Sendable {
        /// The column. `nil` if it is about the quality of a model.
        package var featureName: String?
        /// The metric of the model. `nil` if it is about a dataset.
        package var metricName: String?
        /// A ``CheckType``, or the comparison that a metric of a model did not satisfy.
        package var checkType: String
        package var description: String

        package init(featureName: String, checkType: CheckType, description: String) {
            self.featureName = featureName
            self.checkType = checkType.rawValue
            self.description = description
        }

        package init(metricName: String, comparison: String, description: String) {
            self.metricName = metricName
            checkType = comparison
            self.description = description
        }

        enum CodingKeys: String, CodingKey {
            case featureName = "feature_name"
            case metricName = "metric_name"
            case checkType = "constraint_check_type"
            case description
        }
    }

    /// The checks of a dataset.
    package enum CheckType: String, CaseIterable, Sendable {
        case dataType = "data_type_check"
        case completeness = "completeness_check"
        case baselineDrift = "baseline_drift_check"
        case missingColumn = "missing_column_check"
        case extraColumn = "extra_column_check"
        case categoricalValues = "categorical_values_check"
    }

    package var violations: [Violation]

    package init(violations: [Violation]) { self.violations = violations }

    /// Reads `constraint_violations.json`.
    ///
    /// - Throws: ``RoostError`` that names the field that is missing.
    package init(json: Data) throws(RoostError) {
        self = try MonitorJSON.decode(Self.self, from: json, file: Self.fileName)
    }

    /// The content of `constraint_violations.json`.
    package func json() throws -> Data { try MonitorJSON.encode(self) }
}
