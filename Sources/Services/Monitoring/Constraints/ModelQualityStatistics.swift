package import Definitions
package import Foundation
import Statistics

/// How good the predictions of a model were: `statistics.json` of a model quality job of SageMaker Model Monitor.
package struct ModelQualityStatistics: Equatable, Sendable {
    package static let fileName = "statistics.json"
    /// The most points of a curve.
    static let maxCurvePoints = 1000
    package static let maxClasses = 200

    package enum ProblemType: String, CaseIterable, Codable, Sendable {
        case binaryClassification = "BinaryClassification"
        case multiclassClassification = "MulticlassClassification"
        case regression = "Regression"

        /// How the keys of its objects begin.
        var prefix: String {
            switch self {
            case .binaryClassification: "binary_classification"
            case .multiclassClassification: "multiclass_classification"
            case .regression: "regression"
            }
        }
    }

    package struct Metric: Equatable, Sendable {
        /// `nil` if it is not defined, such as the precision of a model that predicted nothing to be positive.
        package var value: Double?
        /// Of five samples of 80 %. `nil` for fewer than 200 predictions.
        package var standardDeviation: Double?
    }

    package struct Curves: Equatable, Sendable {
        package var falsePositiveRates: [Double]
        package var truePositiveRates: [Double]
        package var precisions: [Double]
        package var recalls: [Double]
    }

    package let problemType: ProblemType
    /// The number of predictions with a label.
    package let itemCount: Int
    /// Predictions that were left out, because they or their labels are missing, or no number where one is expected.
    package let excluded: Int
    package let metrics: [String: Metric]
    /// How often each class was predicted, by the class that is true. `nil` for numbers.
    package let confusionMatrix: [String: [String: Int]]?
    /// `nil` unless there are two classes, both occur, and each prediction has a probability.
    package let curves: Curves?

    /// - Parameters:
    ///   - threshold: The least probability of the positive class at which it is predicted, where the prediction itself is missing.
    /// - Throws: ``RoostError`` if there is no prediction with a label, one is of no class of the problem, or there are more than
    ///   ``maxClasses``.
    package init(
        _ problemType: ProblemType,
        _ predictions: [LabeledPrediction],
        threshold: Double = 0.5
    ) throws(RoostError) {
        self.problemType = problemType
        switch problemType {
        case .binaryClassification:
            let cases = try BinaryCase.cases(predictions, threshold: threshold)
            itemCount = cases.count
            metrics = Resampling.metrics(cases, BinaryCase.metrics)
            confusionMatrix = BinaryCase.matrix(cases)
            curves = BinaryCase.curves(cases)
        case .multiclassClassification:
            let classes = try MulticlassCases(predictions)
            itemCount = classes.cases.count
            metrics = Resampling.metrics(classes.cases, classes.metrics)
            confusionMatrix = classes.matrix
            curves = nil
        case .regression:
            let cases = predictions.compactMap { each in
                each.prediction.number.flatMap { number in each.label.number.map { (number, $0) } }
            }
            itemCount = cases.count
            metrics = Resampling.metrics(cases, Self.regressionMetrics)
            confusionMatrix = nil
            curves = nil
        }
        excluded = predictions.count - itemCount
        guard itemCount > 0 else {
            throw RoostError(.invalidInput, "None of the \(predictions.count) predictions has a label to compare with.")
        }
    }

    private static func regressionMetrics(_ cases: [(predicted: Double, truth: Double)]) -> [String: Double?] {
        var quality = RegressionQuality()
        for each in cases { quality.add(truth: each.truth, predicted: each.predicted) }
        return [
            "mae": quality.meanAbsoluteError, "mse": quality.meanSquaredError, "rmse": quality.rootMeanSquaredError,
            "r2": quality.rSquared,
        ]
    }
}

// MARK: JSON

extension ModelQualityStatistics: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    package func encode(to encoder: any Encoder) throws {
        var file = encoder.container(keyedBy: Key.self)
        try file.encode(0.0, forKey: Key("version"))
        try file.encode(["item_count": itemCount], forKey: Key("dataset"))
        var fields = file.nestedContainer(keyedBy: Key.self, forKey: Key("\(problemType.prefix)_metrics"))
        for (name, metric) in metrics { try fields.encode(metric, forKey: Key(name)) }
        try fields.encodeIfPresent(confusionMatrix, forKey: Key("confusion_matrix"))
        if let curves {
            try fields.encode(
                ["false_positive_rates": curves.falsePositiveRates, "true_positive_rates": curves.truePositiveRates],
                forKey: Key("receiver_operating_characteristic_curve")
            )
            try fields.encode(
                ["precisions": curves.precisions, "recalls": curves.recalls],
                forKey: Key("precision_recall_curve")
            )
        }
    }

    /// The content of `statistics.json`.
    package func json() throws -> Data { try MonitorJSON.encode(self) }
}

extension ModelQualityStatistics.Metric: Encodable {
    enum CodingKeys: String, CodingKey {
        case value
        case standardDeviation = "standard_deviation"
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        for (key, number) in [(CodingKeys.value, value), (.standardDeviation, standardDeviation)] {
            // JSON has no number for it.
            if let number { try fields.encode(number, forKey: key) } else { try fields.encode("NaN", forKey: key) }
        }
    }
}
