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

    /// Returns the metrics that are defined, by name.
    ///
    /// - Parameter classCount: The number of distinct classes.
    func metrics(_ task: QualityReport.Task?, threshold: Double, classCount: Int) -> [String: Double] {
        var metrics: [String: Double] = [:]
        switch task {
        case .binary:
            var confusion = BinaryConfusion()
            for (prediction, label) in zip(predictions, labels) {
                confusion.add(truth: label == 1, predicted: prediction >= threshold)
            }
            let truth = labels.map { $0 == 1 }
            metrics["accuracy"] = confusion.accuracy
            metrics["precision"] = confusion.precision
            metrics["recall"] = confusion.recall
            metrics["f1"] = confusion.f1
            metrics["roc_auc"] = ProbabilityQuality.rocAUC(truth: truth, scores: predictions)
            if predictions.allSatisfy({ (0...1).contains($0) }) {
                metrics["log_loss"] = ProbabilityQuality.logLoss(truth: truth, probabilities: predictions)
            }
            addOutcome(to: &metrics)
        case .multiclass:
            var confusion = MulticlassConfusion(classCount: max(1, classCount))
            for pair in classes { confusion.add(truth: pair.truth, predicted: pair.predicted) }
            metrics["accuracy"] = confusion.accuracy
            metrics["macro_f1"] = confusion.macroF1
            metrics["weighted_f1"] = confusion.weightedF1
            if rightScores.count == classes.count {
                let truth = rightScores.map { _ in true }
                metrics["log_loss"] = ProbabilityQuality.logLoss(truth: truth, probabilities: rightScores)
            }
        case .regression:
            var quality = RegressionQuality()
            for (prediction, label) in zip(predictions, labels) { quality.add(truth: label, predicted: prediction) }
            metrics["rmse"] = quality.rootMeanSquaredError
            metrics["mae"] = quality.meanAbsoluteError
            metrics["r2"] = quality.rSquared
            addOutcome(to: &metrics)
        case nil: break
        }
        return metrics
    }

    /// The outcome as a business metric: its mean, and how it goes with the score.
    private func addOutcome(to metrics: inout [String: Double]) {
        metrics["outcome_mean"] = Moments(labels).mean
        metrics["score_outcome_correlation"] = Correlation.pearson(predictions, labels)
        metrics["score_outcome_rank_correlation"] = Correlation.spearman(predictions, labels)
    }
}
