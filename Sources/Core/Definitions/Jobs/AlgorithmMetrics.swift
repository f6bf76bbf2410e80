extension BuiltInAlgorithm {
    /// The metrics that are read from the algorithm's log lines, as AWS defines them for its built-in algorithms.
    public var metrics: [MetricDefinition] {
        switch self {
        case .xgboost:
            ["train", "validation"].flatMap { channel in
                Self.xgboostMetrics.map { metric in
                    let value = #"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"#
                    return MetricDefinition(
                        name: "\(channel):\(metric)",
                        pattern: #".*\[[0-9]+\].*#011\#(channel)-\#(metric):\#(value).*"#
                    )
                }
            }
        case .linearLearner: ["train", "validation", "test"].flatMap { Self.quality(Self.linearMetrics, $0) }
        case .kmeans: ["train", "test"].flatMap { Self.quality(["msd", "ssd"], $0) }
        case .factorizationMachines: ["train", "test"].flatMap { Self.quality(Self.factorizationMetrics, $0) }
        }
    }

    private static let xgboostMetrics = [
        "accuracy", "aft-nloglik", "auc", "aucpr", "balanced_accuracy", "cox-nloglik", "error", "f1", "f1_binary",
        "f1_macro", "gamma-deviance", "gamma-nloglik", "interval-regression-accuracy", "logloss", "mae", "map", "mape",
        "merror", "mlogloss", "mphe", "mse", "ndcg", "poisson-nloglik", "pre", "precision", "precision_macro",
        "precision_micro", "quantile", "r2", "recall", "recall_macro", "recall_micro", "rmse", "rmsle",
        "tweedie-nloglik",
    ]

    private static let linearMetrics = [
        "absolute_loss", "binary_classification_accuracy", "binary_f_beta", "dcg", "macro_f_beta", "macro_precision",
        "macro_recall", "mse", "multiclass_accuracy", "multiclass_top_k_accuracy", "objective_loss", "precision",
        "recall", "roc_auc_score",
    ]

    private static let factorizationMetrics = [
        "binary_classification_accuracy", "binary_classification_cross_entropy", "binary_f_beta", "roc_auc_score",
        "rmse",
    ]

    /// Matches `#quality_metric: host=algo-1, epoch=3, train rmse <loss>=0.5`; the epoch is optional.
    private static func quality(_ metrics: [String], _ channel: String) -> [MetricDefinition] {
        metrics.map { metric in
            MetricDefinition(
                name: "\(channel):\(metric)",
                pattern:
                    #"#quality_metric: host=\S+, (?:epoch=\S+, )?(?:batch=\S+ )?\#(channel) \#(metric) <\w+>=(\S+)"#
            )
        }
    }
}
