import Definitions
import Statistics

/// Predictions of one of several classes, with their labels.
struct MulticlassCases {
    /// The names of the classes, numbers first.
    private let classes: [String]
    /// Numbers of classes.
    let cases: [(truth: Int, predicted: Int)]

    init(_ predictions: [LabeledPrediction]) throws(RoostError) {
        let named = predictions.compactMap { each in
            each.label.className.flatMap { truth in each.prediction.className.map { (truth, $0) } }
        }
        let names = Set(named.flatMap { [$0.0, $0.1] })
        guard names.count <= ModelQualityStatistics.maxClasses else {
            throw RoostError(
                .tooLarge,
                """
                The predictions and labels have \(names.count) classes, but a classification can have at most \
                \(ModelQualityStatistics.maxClasses).
                """
            )
        }
        let classes = names.sorted { ((Double($0) ?? .infinity), $0) < ((Double($1) ?? .infinity), $1) }
        let numbers = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
        self.classes = classes
        cases = named.compactMap { truth, predicted in
            numbers[truth].flatMap { truth in numbers[predicted].map { (truth, $0) } }
        }
    }

    func metrics(_ cases: [(truth: Int, predicted: Int)]) -> [String: Double?] {
        var counts = [Int](repeating: 0, count: classes.count)
        for each in cases { counts[each.truth] += 1 }
        let most = counts.indices.max { counts[$0] < counts[$1] } ?? 0
        var metrics: [String: Double?] = [:]
        for (suffix, constant) in [("", nil), ("_best_constant_classifier", most)] {
            var confusion = MulticlassConfusion(classCount: classes.count)
            for each in cases { confusion.add(truth: each.truth, predicted: constant ?? each.predicted) }
            metrics["accuracy" + suffix] = .some(confusion.accuracy)
            metrics["weighted_precision" + suffix] = .some(confusion.weightedPrecision)
            metrics["weighted_recall" + suffix] = .some(confusion.weightedRecall)
            for (name, beta) in [("weighted_f0_5", 0.5), ("weighted_f1", 1), ("weighted_f2", 2)] {
                metrics[name + suffix] = .some(confusion.weightedF(beta: beta))
            }
        }
        return metrics
    }

    var matrix: [String: [String: Int]] {
        let row = Dictionary(classes.map { ($0, 0) }) { first, _ in first }
        var matrix = Dictionary(classes.map { ($0, row) }) { first, _ in first }
        for each in cases { matrix[classes[each.truth]]?[classes[each.predicted], default: 0] += 1 }
        return matrix
    }
}
