import Definitions
import Foundation
import Testing

@testable import Monitoring

@Suite struct ModelQualityTests {
    private static func expectEqual(
        _ statistics: ModelQualityStatistics,
        _ expected: [String: Double],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (name, value) in expected {
            let found = statistics.metrics[name]?.value
            #expect(
                found.map { ($0 - value).magnitude < 1e-12 } ?? false,
                "\(name) is \(String(describing: found)), not \(value)",
                sourceLocation: sourceLocation
            )
        }
    }

    private static func pairs(_ counts: [(label: String, prediction: String, count: Int)]) -> [LabeledPrediction] {
        counts.flatMap { each in
            (0..<each.count).map { _ in .init(prediction: .text(each.prediction), label: .text(each.label)) }
        }
    }

    @Test("two classes have the metrics of SageMaker's example")
    func binary() throws {
        // "Model quality metrics", Amazon SageMaker Developer Guide: confusion matrix and metrics.
        let statistics = try ModelQualityStatistics(
            .binaryClassification,
            Self.pairs([("0", "0", 1), ("0", "1", 2), ("1", "1", 1)])
        )
        #expect(statistics.confusionMatrix == ["0": ["0": 1, "1": 2], "1": ["0": 0, "1": 1]])
        Self.expectEqual(
            statistics,
            [
                "recall": 1, "precision": 0.3333333333333333, "accuracy": 0.5, "recall_best_constant_classifier": 1,
                "precision_best_constant_classifier": 0.25, "accuracy_best_constant_classifier": 0.25,
                "true_positive_rate": 1, "true_negative_rate": 0.33333333333333337,
                "false_positive_rate": 0.6666666666666666, "false_negative_rate": 0, "f0_5": 0.3846153846153846,
                "f1": 0.5, "f2": 0.7142857142857143, "f0_5_best_constant_classifier": 0.29411764705882354,
                "f1_best_constant_classifier": 0.4, "f2_best_constant_classifier": 0.625,
            ]
        )
        #expect(statistics.metrics["auc"] == nil)
        #expect(statistics.metrics.values.allSatisfy { $0.standardDeviation == nil })
        #expect(statistics.curves == nil)
    }

    @Test("several classes have the metrics of SageMaker's example")
    func multiclass() throws {
        let statistics = try ModelQualityStatistics(
            .multiclassClassification,
            Self.pairs([("0", "0", 1180), ("0", "1", 510), ("1", "0", 268), ("1", "1", 138)])
        )
        #expect(statistics.confusionMatrix == ["0": ["0": 1180, "1": 510], "1": ["0": 268, "1": 138]])
        Self.expectEqual(
            statistics,
            [
                "accuracy": 0.6288167938931297, "weighted_recall": 0.6288167938931297,
                "weighted_precision": 0.6983172269629505, "weighted_f0_5": 0.6803947317178771,
                "weighted_f1": 0.6571162346664904, "weighted_f2": 0.6384024354394601,
                // Always the more frequent class; the example has the other one.
                "accuracy_best_constant_classifier": 1690.0 / 2096,
            ]
        )
        let deviation = try #require(statistics.metrics["accuracy"]?.standardDeviation)
        #expect(deviation > 0.0005 && deviation < 0.02)
    }

    @Test("numbers have the metrics of scikit-learn")
    func regression() throws {
        let truth = [3, -0.5, 2, 7]
        let predicted = [2.5, 0.0, 2, 8]
        let statistics = try ModelQualityStatistics(
            .regression,
            zip(truth, predicted).map { .init(prediction: .number($1), label: .text("\($0)")) }
                + [.init(prediction: .text("x"), label: .number(1)), .init(prediction: .number(1), label: .missing)]
        )
        #expect(statistics.itemCount == 4)
        #expect(statistics.excluded == 2)
        // The examples of sklearn.metrics.
        Self.expectEqual(
            statistics,
            ["mae": 0.5, "mse": 0.375, "rmse": 0.6123724356957945, "r2": 0.9486081370449679]
        )
        #expect(statistics.confusionMatrix == nil)
    }

    @Test("probabilities give a prediction, the areas and the curves")
    func probabilities() throws {
        // The example of sklearn.metrics.roc_auc_score.
        let cases = zip([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).map { label, score in
            LabeledPrediction(prediction: .missing, probability: score, label: .number(label))
        }
        let statistics = try ModelQualityStatistics(.binaryClassification, cases, threshold: 0.35)
        #expect(statistics.confusionMatrix == ["0": ["0": 1, "1": 1], "1": ["0": 0, "1": 2]])
        Self.expectEqual(statistics, ["auc": 0.75, "au_prc": 0.7916666666666666])
        let curves = try #require(statistics.curves)
        #expect(curves.falsePositiveRates == [0, 0, 0.5, 0.5, 1])
        #expect(curves.truePositiveRates == [0, 0.5, 0.5, 1, 1])
        #expect(curves.recalls == [0, 0.5, 0.5, 1, 1])
        #expect(curves.precisions == [1, 1, 0.5, 2.0 / 3, 0.5])
    }

    @Test("many probabilities make a curve of a thousand points, which ends where it should")
    func manyProbabilities() throws {
        let cases: [LabeledPrediction] = (0..<5000).map { index in
            let prediction = DatasetField.number(index.isMultiple(of: 3) ? 1 : 0)
            let label = DatasetField.number(index.isMultiple(of: 2) ? 1 : 0)
            return LabeledPrediction(prediction: prediction, probability: Double(index) / 5000, label: label)
        }
        let statistics = try ModelQualityStatistics(.binaryClassification, cases)
        let curves = try #require(statistics.curves)
        #expect(curves.falsePositiveRates.count == 1000)
        #expect(curves.truePositiveRates.last == 1 && curves.falsePositiveRates.last == 1)
        #expect(curves.truePositiveRates.first == 0)
    }

    @Test("the spread is the same each time, and needs 200 predictions")
    func spread() throws {
        let pairs = Self.pairs([("a", "a", 70), ("a", "b", 30), ("b", "b", 95), ("b", "a", 5)])
        let one = try ModelQualityStatistics(.multiclassClassification, pairs)
        #expect(one == (try ModelQualityStatistics(.multiclassClassification, pairs)))
        #expect((one.metrics["accuracy"]?.standardDeviation ?? 0) > 0)
        let fewer = try ModelQualityStatistics(.multiclassClassification, Array(pairs.dropLast()))
        #expect(fewer.metrics["accuracy"]?.standardDeviation == nil)
    }

    @Test("the file has SageMaker's words, and 'NaN' for what is not defined")
    func file() throws {
        let statistics = try ModelQualityStatistics(.binaryClassification, Self.pairs([("0", "0", 3)]))
        let object = try #require(JSONSerialization.jsonObject(with: statistics.json()) as? [String: Any])
        #expect((object["dataset"] as? [String: Int]) == ["item_count": 3])
        let metrics = try #require(object["binary_classification_metrics"] as? [String: [String: Any]])
        #expect(metrics["accuracy"]?["value"] as? Double == 1)
        #expect(metrics["accuracy"]?["standard_deviation"] as? String == "NaN")
        #expect(metrics["recall"]?["value"] as? String == "NaN")
        #expect(metrics["confusion_matrix"]?["0"] as? [String: Int] == ["0": 3, "1": 0])
    }

    @Test("a worse model violates the constraints of a better one, in SageMaker's words")
    func violations() throws {
        let good = try ModelQualityStatistics(
            .binaryClassification,
            Self.pairs([("0", "0", 90), ("0", "1", 10), ("1", "1", 80), ("1", "0", 20)])
        )
        let constraints = try ModelQualityConstraints(json: good.suggestedConstraints().json())
        #expect(constraints == good.suggestedConstraints())
        #expect(constraints.thresholds["recall"] == .init(threshold: 0.8, comparisonOperator: .lessThan))
        #expect(
            constraints.thresholds["false_positive_rate"] == .init(threshold: 0.1, comparisonOperator: .greaterThan)
        )
        #expect(try constraints.violations(of: good).violations.isEmpty)
        let worse = try ModelQualityStatistics(
            .binaryClassification,
            Self.pairs([("0", "0", 90), ("0", "1", 10), ("1", "1", 60), ("1", "0", 40)])
        )
        let violations = try constraints.violations(of: worse).violations
        let recall = try #require(violations.first { $0.metricName == "recall" })
        #expect(recall.checkType == "LessThanThreshold")
        #expect(recall.description == "Metric recall with 0.6 was LessThanThreshold 0.8")
        #expect(recall.featureName == nil)
        let missed = try #require(violations.first { $0.metricName == "false_negative_rate" })
        #expect(missed.description == "Metric false_negative_rate with 0.4 was GreaterThanThreshold 0.2")
        #expect(!violations.contains { $0.metricName == "true_negative_rate" })
    }

    @Test("a metric that is not defined violates its constraint")
    func undefined() throws {
        let constraints = ModelQualityConstraints(
            .binaryClassification,
            thresholds: ["precision": .init(threshold: 0.5, comparisonOperator: .lessThan)]
        )
        let never = try ModelQualityStatistics(.binaryClassification, Self.pairs([("0", "0", 9), ("1", "0", 1)]))
        #expect(
            try constraints.violations(of: never).violations.first?.description
                == "Metric precision is not defined for these predictions; its threshold is 0.5"
        )
    }

    @Test("what cannot be compared is refused with a sentence")
    func refused() throws {
        let none = #expect(throws: RoostError.self) { try ModelQualityStatistics(.regression, []) }
        #expect(none?.message == "None of the 0 predictions has a label to compare with.")
        let other = #expect(throws: RoostError.self) {
            try ModelQualityStatistics(.binaryClassification, Self.pairs([("2", "1", 1)]))
        }
        #expect(other?.message == "The label '2' is not a class of a binary classification; expected 0 or 1.")
        let many = (0...ModelQualityStatistics.maxClasses).map { ("c\($0)", "c0", 1) }
        #expect(throws: RoostError.self) { try ModelQualityStatistics(.multiclassClassification, Self.pairs(many)) }
        let numbers = try ModelQualityStatistics(
            .regression,
            [.init(prediction: .number(1), label: .number(2)), .init(prediction: .number(2), label: .number(2))]
        )
        let constraints = ModelQualityConstraints(.binaryClassification, thresholds: [:])
        #expect(throws: RoostError.self) { try constraints.violations(of: numbers) }
        #expect(numbers.metrics["r2"]?.value == nil)
        for file in ["{}", #"{"regression_constraints": {"mae": {"threshold": 1}}}"#, "7"] {
            let error = #expect(throws: RoostError.self) { try ModelQualityConstraints(json: Data(file.utf8)) }
            #expect(error?.message.contains("constraints.json") == true)
        }
    }
}
