import Definitions

/// Which metric a learning curve is about, and which way is up.
enum CurveMetric {
    private static let lowerIsBetter: Set<String> = [
        "absolute_loss", "binary_classification_cross_entropy", "cox-nloglik", "error", "gamma-deviance",
        "gamma-nloglik",
        "log_loss", "logloss", "loss", "mae", "mape", "merror", "mlogloss", "mphe", "msd", "mse", "objective_loss",
        "aft-nloglik", "poisson-nloglik", "quantile", "rmse", "rmsle", "ssd", "tweedie-nloglik",
    ]

    private static let higherIsBetter: Set<String> = [
        "accuracy", "auc", "aucpr", "balanced_accuracy", "binary_classification_accuracy", "binary_f_beta", "dcg", "f1",
        "f1_binary", "f1_macro", "interval-regression-accuracy", "macro_f_beta", "macro_precision", "macro_recall",
        "map",
        "multiclass_accuracy", "multiclass_top_k_accuracy", "ndcg", "pre", "precision", "precision_macro",
        "precision_micro", "r2", "recall", "recall_macro", "recall_micro", "roc_auc_score",
    ]

    /// Returns what the name of a metric says: `validation:rmse` is minimized. `nil` if it says nothing.
    static func direction(of metric: String) -> TuningDefinition.Objective.Direction? {
        let name = metric.split(separator: ":").last.map { $0.lowercased() } ?? ""
        if lowerIsBetter.contains(name) { return .minimize }
        return higherIsBetter.contains(name) ? .maximize : nil
    }

    /// Returns the metric that a job reports of its held-out data.
    ///
    /// - Throws: ``JobError`` if there is none, or if there are several to choose from.
    static func only(of job: TrainingJob, channel: String) throws -> String {
        let names = job.metrics.map(\.name).filter { $0.hasPrefix(channel + ":") }.sorted()
        guard let first = names.first else {
            throw JobError.client(
                "the training job \(job.name) reported no metric of the channel '\(channel)'. Name one with 'metric', and its "
                    + "pattern in the definition's 'metrics'."
            )
        }
        guard names.count == 1 else {
            throw JobError.client(
                "the training job \(job.name) reported several metrics. Choose one with 'metric': "
                    + "\(names.joined(separator: ", ").prefix(1000))."
            )
        }
        return first
    }
}
