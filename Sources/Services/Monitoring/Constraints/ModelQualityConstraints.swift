package import Definitions
package import Foundation

/// What the metrics of a model must satisfy: `constraints.json` of a model quality job of SageMaker Model Monitor.
package struct ModelQualityConstraints: Equatable, Sendable {
    package static let fileName = "constraints.json"

    package enum ComparisonOperator: String, CaseIterable, Codable, Sendable {
        /// A metric below the threshold is a violation.
        case lessThan = "LessThanThreshold"
        /// A metric above the threshold is a violation.
        case greaterThan = "GreaterThanThreshold"
    }

    package struct Threshold: Codable, Equatable, Sendable {
        package var threshold: Double
        package var comparisonOperator: ComparisonOperator

        enum CodingKeys: String, CodingKey {
            case threshold
            case comparisonOperator = "comparison_operator"
        }
    }

    package var problemType: ModelQualityStatistics.ProblemType
    /// By the name of the metric.
    package var thresholds: [String: Threshold]

    /// - Parameter thresholds: By the name of the metric.
    package init(_ problemType: ModelQualityStatistics.ProblemType, thresholds: [String: Threshold]) {
        self.problemType = problemType
        self.thresholds = thresholds
    }

    /// Reads `constraints.json`.
    ///
    /// - Throws: ``RoostError`` that names the field that is missing or impossible.
    package init(json: Data) throws(RoostError) {
        self = try MonitorJSON.decode(Self.self, from: json, file: Self.fileName)
    }

    /// The content of `constraints.json`.
    package func json() throws -> Data { try MonitorJSON.encode(self) }
}

extension ModelQualityConstraints: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version
        case binaryClassification = "binary_classification_constraints"
        case multiclassClassification = "multiclass_classification_constraints"
        case regression = "regression_constraints"

        init(_ type: ModelQualityStatistics.ProblemType) {
            switch type {
            case .binaryClassification: self = .binaryClassification
            case .multiclassClassification: self = .multiclassClassification
            case .regression: self = .regression
            }
        }
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let type = ModelQualityStatistics.ProblemType.allCases.first(where: { fields.contains(CodingKeys($0)) })
        else {
            let known = ModelQualityStatistics.ProblemType.allCases.map { "'\(CodingKeys($0).rawValue)'" }
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "it needs one of the fields \(known.joined(separator: ", "))"
                )
            )
        }
        self.init(type, thresholds: try fields.decode([String: Threshold].self, forKey: CodingKeys(type)))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(0.0, forKey: .version)
        try fields.encode(thresholds, forKey: CodingKeys(problemType))
    }
}

extension ModelQualityStatistics {
    /// Constraints that these metrics, of a baseline, just satisfy. A metric that is not defined has none.
    package func suggestedConstraints() -> ModelQualityConstraints {
        let (high, low) =
            switch problemType {
            case .binaryClassification:
                (
                    ["accuracy", "precision", "recall", "f0_5", "f1", "f2", "auc", "au_prc"]
                        + ["true_positive_rate", "true_negative_rate"],
                    ["false_positive_rate", "false_negative_rate"]
                )
            case .multiclassClassification:
                (
                    ["accuracy", "weighted_precision", "weighted_recall"]
                        + ["weighted_f0_5", "weighted_f1", "weighted_f2"],
                    []
                )
            case .regression: (["r2"], ["mae", "mse", "rmse"])
            }
        var thresholds: [String: ModelQualityConstraints.Threshold] = [:]
        for (names, comparison) in [(high, ModelQualityConstraints.ComparisonOperator.lessThan), (low, .greaterThan)] {
            for name in names {
                guard let value = metrics[name]?.value else { continue }
                thresholds[name] = .init(threshold: value, comparisonOperator: comparison)
            }
        }
        return ModelQualityConstraints(problemType, thresholds: thresholds)
    }
}

extension ModelQualityConstraints {
    /// Compares the metrics of a model with the thresholds. A metric that is not defined violates its constraint.
    ///
    /// - Throws: ``RoostError`` if the constraints are of another type of problem.
    package func violations(of current: ModelQualityStatistics) throws(RoostError) -> ConstraintViolations {
        guard current.problemType == problemType else {
            throw RoostError(
                .invalidInput,
                """
                \(Self.fileName) has constraints of the problem type \(problemType.rawValue), but the statistics are of \
                \(current.problemType.rawValue).
                """
            )
        }
        let violations = thresholds.sorted { $0.key < $1.key }.compactMap {
            name,
            constraint -> ConstraintViolations.Violation? in
            let (threshold, comparison) = (constraint.threshold, constraint.comparisonOperator)
            let description: String
            if let value = current.metrics[name]?.value {
                guard comparison == .lessThan ? value < threshold : value > threshold else { return nil }
                description = "Metric \(name) with \(value) was \(comparison.rawValue) \(threshold)"
            } else {
                description = "Metric \(name) is not defined for these predictions; its threshold is \(threshold)"
            }
            return .init(metricName: name, comparison: comparison.rawValue, description: description)
        }
        return ConstraintViolations(violations: violations)
    }
}
