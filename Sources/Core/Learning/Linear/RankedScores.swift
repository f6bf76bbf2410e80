import Foundation

/// Scores of rows of two classes, in descending order.
struct RankedScores {
    /// For each score, the numbers of rows of class 1 and of class 0 with this score or a higher one.
    private(set) var cuts: [(score: Float, hits: Int, misses: Int)] = []
    private(set) var positives = 0
    private(set) var negatives = 0

    init(scores: [Float], labels: [Float]) {
        for row in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
            if labels[row] == 1 { positives += 1 } else { negatives += 1 }
            if let last = cuts.last, last.score == scores[row] { cuts.removeLast() }
            cuts.append((scores[row], positives, negatives))
        }
    }

    /// The fraction of pairs of rows of different classes that the scores order correctly.
    var areaUnderCurve: Double {
        guard positives > 0, negatives > 0 else { return 0.5 }
        var area = 0.0
        var previous = (hits: 0, misses: 0)
        for cut in cuts {
            area += Double(cut.misses - previous.misses) * Double(cut.hits + previous.hits) / 2
            previous = (cut.hits, cut.misses)
        }
        return area / Double(positives) / Double(negatives)
    }
}

/// Chooses the lowest score of a row of class 1, by `binary_classifier_model_selection_criteria`.
struct ThresholdChoice {
    private let criterion: String
    private let fallback: Float
    private let beta: Double
    private let targetRecall: Double
    private let targetPrecision: Double

    init(_ given: Hyperparameters, default fallback: Float) {
        criterion = given["binary_classifier_model_selection_criteria"] ?? "loss_function"
        self.fallback = fallback
        beta = criterion == "f1" ? 1 : given.number("f_beta") ?? 1
        targetRecall = given.number("target_recall") ?? 0.8
        targetPrecision = given.number("target_precision") ?? 0.8
    }

    func threshold(scores: [Float], labels: [Float]) -> Float {
        guard !["loss_function", "cross_entropy_loss"].contains(criterion) else { return fallback }
        let ranked = RankedScores(scores: scores, labels: labels)
        func recall(_ hits: Int) -> Double { ranked.positives == 0 ? 0 : Double(hits) / Double(ranked.positives) }
        var best = (worth: -Double.infinity, index: -1)
        for (index, cut) in ranked.cuts.enumerated() {
            let precision = Double(cut.hits) / Double(cut.hits + cut.misses)
            let worth: Double
            switch criterion {
            case "accuracy": worth = Double(cut.hits + ranked.negatives - cut.misses)
            case "precision_at_target_recall": worth = recall(cut.hits) >= targetRecall ? precision : -1
            case "recall_at_target_precision": worth = precision >= targetPrecision ? recall(cut.hits) : -1
            default:
                let square = beta * beta
                let denominator = square * precision + recall(cut.hits)
                worth = denominator == 0 ? 0 : (1 + square) * precision * recall(cut.hits) / denominator
            }
            if worth > best.worth { best = (worth, index) }
        }
        guard best.index >= 0, best.worth >= 0 else { return fallback }
        let score = ranked.cuts[best.index].score
        guard ranked.cuts.indices.contains(best.index + 1) else { return score }
        // Halfway between two scores, so that slightly different rows fall on the right side.
        let middle = (score + ranked.cuts[best.index + 1].score) / 2
        return middle <= score && middle > ranked.cuts[best.index + 1].score ? middle : score
    }
}
