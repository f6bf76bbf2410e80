import Definitions
import Statistics

/// A prediction of one of two classes, with its label.
struct BinaryCase {
    let truth: Bool
    let predicted: Bool
    let probability: Double?

    /// Returns those predictions that have a label. They have a class or a probability.
    static func cases(_ predictions: [LabeledPrediction], threshold: Double) throws(RoostError) -> [BinaryCase] {
        var cases: [BinaryCase] = []
        for each in predictions {
            guard let truth = try each.label.isPositive("label") else { continue }
            let probability = each.probability.flatMap { $0.isNaN ? nil : $0 }
            guard let predicted = try each.prediction.isPositive("prediction") ?? probability.map({ $0 >= threshold })
            else { continue }
            cases.append(BinaryCase(truth: truth, predicted: predicted, probability: probability))
        }
        return cases
    }

    static func metrics(_ cases: [BinaryCase]) -> [String: Double?] {
        let confusion = confusion(cases)
        // As in SageMaker's examples, the classifier that finds everything to be positive.
        var constant = BinaryConfusion()
        for each in cases { constant.add(truth: each.truth, predicted: true) }
        var metrics: [String: Double?] = [
            "true_positive_rate": confusion.recall, "true_negative_rate": confusion.trueNegativeRate,
            "false_positive_rate": confusion.falsePositiveRate, "false_negative_rate": confusion.falseNegativeRate,
        ]
        for (quality, suffix) in [(confusion, ""), (constant, "_best_constant_classifier")] {
            metrics["accuracy" + suffix] = .some(quality.accuracy)
            metrics["precision" + suffix] = .some(quality.precision)
            metrics["recall" + suffix] = .some(quality.recall)
            for (name, beta) in [("f0_5", 0.5), ("f1", 1), ("f2", 2)] {
                metrics[name + suffix] = .some(quality.f(beta: beta))
            }
        }
        if let (truth, scores) = scored(cases) {
            metrics["auc"] = .some(ProbabilityQuality.rocAUC(truth: truth, scores: scores))
            metrics["au_prc"] = .some(ThresholdCurve(truth: truth, scores: scores)?.precisionRecallArea)
        }
        return metrics
    }

    static func matrix(_ cases: [BinaryCase]) -> [String: [String: Int]] {
        let confusion = confusion(cases)
        return [
            "0": ["0": confusion.trueNegatives, "1": confusion.falsePositives],
            "1": ["0": confusion.falseNegatives, "1": confusion.truePositives],
        ]
    }

    static func curves(_ cases: [BinaryCase]) -> ModelQualityStatistics.Curves? {
        guard let (truth, scores) = scored(cases), let curve = ThresholdCurve(truth: truth, scores: scores) else {
            return nil
        }
        let rates = thinned(curve.receiverOperatingCharacteristic)
        let precisions = thinned(curve.precisionRecall)
        return .init(
            falsePositiveRates: rates.map(\.falsePositiveRate),
            truePositiveRates: rates.map(\.truePositiveRate),
            precisions: precisions.map(\.precision),
            recalls: precisions.map(\.recall)
        )
    }

    private static func confusion(_ cases: [BinaryCase]) -> BinaryConfusion {
        var confusion = BinaryConfusion()
        for each in cases { confusion.add(truth: each.truth, predicted: each.predicted) }
        return confusion
    }

    /// - Returns: `nil` unless each has a probability.
    private static func scored(_ cases: [BinaryCase]) -> ([Bool], [Double])? {
        let scores = cases.compactMap(\.probability)
        return !cases.isEmpty && scores.count == cases.count ? (cases.map(\.truth), scores) : nil
    }

    /// Returns points at even distances, the first and the last among them.
    private static func thinned<Point>(_ points: [Point]) -> [Point] {
        let limit = ModelQualityStatistics.maxCurvePoints
        guard points.count > limit else { return points }
        return (0..<limit).map { points[$0 * (points.count - 1) / (limit - 1)] }
    }
}
