import Foundation

/// Scores of rows of two classes, from the highest on.
struct RankedScores {
    /// At each score: how many rows have it or a higher one, of class 1 and of class 0.
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

    /// The share of pairs of both classes that the scores order rightly.
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

/// How the score is chosen from which on a row is of class 1: `binary_classifier_model_selection_criteria`.
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
        // Between two scores, so that rows that are a little different fall on the right side.
        let middle = (score + ranked.cuts[best.index + 1].score) / 2
        return middle <= score && middle > ranked.cuts[best.index + 1].score ? middle : score
    }
}
