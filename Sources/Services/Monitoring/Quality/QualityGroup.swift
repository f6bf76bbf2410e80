import Definitions
import Statistics

/// The rows of one model version, slice and period.
struct QualityGroup {
    var rows = 0
    var labeledRows = 0
    /// The labeled rows whose prediction and label are numbers.
    var predictions: [Double] = []
    var labels: [Double] = []
    /// The pairs of classes, by their codes.
    var classes: [(truth: Int, predicted: Int)] = []
    /// The probabilities of the right classes, of the rows that have one for each class.
    var rightScores: [Double] = []

    /// Adds a labeled row.
    ///
    /// - Returns: Whether its prediction and its label can be compared.
    mutating func add(_ row: LabeledRow, _ task: QualityReport.Task, _ codes: inout ClassCodes) -> Bool {
        switch task {
        case .binary, .regression:
            guard case .number(let label) = row.label, let number = row.number,
                task == .regression || label == 0 || label == 1
            else { return false }
            predictions.append(number)
            labels.append(label)
        case .multiclass:
            guard let predicted = row.predicted else { return true }
            let truth = BatchPrediction.Decision(row.label)
            // A text is never a class that is a number.
            guard predicted.isText == truth.isText else { return false }
            classes.append((codes.code(truth), codes.code(predicted)))
            if row.isDistribution, let score = row.rightScore { rightScores.append(score) }
        }
        return true
    }

    /// Returns the metrics that are defined, by name.
    ///
    /// - Parameter classCount: The number of distinct classes.
    func metrics(_ task: QualityReport.Task?, threshold: Double, classCount: Int) -> [String: Double] {
        guard let task else { return [:] }
        return task.metrics.reduce(into: [:]) { metrics, name in
            metrics[name] = metric(name, task, threshold: threshold, classCount: classCount)
        }
    }

    /// Returns one of ``QualityReport/Task/metrics``; `nil` if it is not defined for these rows.
    func metric(_ name: String, _ task: QualityReport.Task, threshold: Double, classCount: Int) -> Double? {
        switch name {
        // The outcome as a business metric: its mean, and how it goes with the score.
        case "outcome_mean": Moments(labels).mean
        case "score_outcome_correlation": Correlation.pearson(predictions, labels)
        case "score_outcome_rank_correlation": Correlation.spearman(predictions, labels)
        default:
            switch task {
            case .binary: binaryMetric(name, threshold)
            case .multiclass: multiclassMetric(name, classCount)
            case .regression: regressionMetric(name)
            }
        }
    }

    private func binaryMetric(_ name: String, _ threshold: Double) -> Double? {
        switch name {
        case "roc_auc": return ProbabilityQuality.rocAUC(truth: labels.map { $0 == 1 }, scores: predictions)
        case "log_loss":
            guard predictions.allSatisfy({ (0...1).contains($0) }) else { return nil }
            return ProbabilityQuality.logLoss(truth: labels.map { $0 == 1 }, probabilities: predictions)
        default:
            var confusion = BinaryConfusion()
            for (prediction, label) in zip(predictions, labels) {
                confusion.add(truth: label == 1, predicted: prediction >= threshold)
            }
            switch name {
            case "accuracy": return confusion.accuracy
            case "precision": return confusion.precision
            case "recall": return confusion.recall
            case "f1": return confusion.f1
            default: return nil
            }
        }
    }

    private func multiclassMetric(_ name: String, _ classCount: Int) -> Double? {
        if name == "log_loss" {
            guard rightScores.count == classes.count else { return nil }
            return ProbabilityQuality.logLoss(truth: rightScores.map { _ in true }, probabilities: rightScores)
        }
        var confusion = MulticlassConfusion(classCount: max(1, classCount))
        for pair in classes { confusion.add(truth: pair.truth, predicted: pair.predicted) }
        switch name {
        case "accuracy": return confusion.accuracy
        case "macro_f1": return confusion.macroF1
        case "weighted_f1": return confusion.weightedF1
        default: return nil
        }
    }

    private func regressionMetric(_ name: String) -> Double? {
        var quality = RegressionQuality()
        for (prediction, label) in zip(predictions, labels) { quality.add(truth: label, predicted: prediction) }
        switch name {
        case "rmse": return quality.rootMeanSquaredError
        case "mae": return quality.meanAbsoluteError
        case "r2": return quality.rSquared
        default: return nil
        }
    }
}

/// Numbers for classes, in the order in which they come.
struct ClassCodes {
    private var codes: [BatchPrediction.Decision: Int] = [:]

    var count: Int { codes.count }

    mutating func code(_ value: BatchPrediction.Decision) -> Int {
        if let known = codes[value] { return known }
        codes[value] = codes.count
        return codes.count - 1
    }
}

extension QualityReport.Task {
    /// The names of the metrics that it has.
    var metrics: [String] {
        let outcome = ["outcome_mean", "score_outcome_correlation", "score_outcome_rank_correlation"]
        return switch self {
        case .binary: ["accuracy", "precision", "recall", "f1", "roc_auc", "log_loss"] + outcome
        case .multiclass: ["accuracy", "macro_f1", "weighted_f1", "log_loss"]
        case .regression: ["rmse", "mae", "r2"] + outcome
        }
    }
}
