/// The hyperparameters of `xgboost`, as SageMaker's container knows them.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html and the container's
///   `hyperparameter_validation.py`.
struct XGBoostHyperparameters: Sendable {
    private let values: Hyperparameters

    /// - Throws: ``LearningError`` that names the hyperparameter at fault.
    init(_ given: [String: String]) throws(LearningError) {
        values = try Hyperparameters(given, known: Self.known, required: ["num_round"])
        if let metrics = values["eval_metric"] {
            for metric in Self.names(metrics) where !Self.isMetric(metric) {
                throw .client("the hyperparameter 'eval_metric' has '\(metric)', which is no metric of this algorithm.")
            }
        }
        let classCount = values.integer("num_class")
        if objective.hasPrefix("multi:"), classCount == nil {
            throw .client("the hyperparameter 'num_class' is missing; the objective '\(objective)' needs it.")
        }
        if classCount != nil, !objective.hasPrefix("multi:") {
            throw .client("the hyperparameter 'num_class' is for the objectives multi:softmax and multi:softprob only.")
        }
    }

    var roundCount: Int { values.integer("num_round") ?? 1 }
    var earlyStoppingRounds: Int? { values.integer("early_stopping_rounds").flatMap { $0 > 0 ? $0 : nil } }
    var hasCSVWeights: Bool { values.flag("csv_weights") ?? false }
    var savesOnTermination: Bool { values.flag("save_model_on_termination") ?? false }
    var updatesProcess: Bool { values["process_type"] == "update" }

    var objective: String {
        let objective = values["objective"] ?? "reg:squarederror"
        return objective == "reg:linear" ? "reg:squarederror" : objective
    }

    /// In the order in which they were given.
    var metrics: [String] { values["eval_metric"].map(Self.names) ?? [] }

    /// The metrics that XGBoost computes itself, and those that are computed from its predictions.
    var nativeMetrics: [String] { metrics.filter { PredictionMetric(rawValue: $0) == nil } }
    var predictionMetrics: [PredictionMetric] { metrics.compactMap(PredictionMetric.init) }

    /// What XGBoost itself is told, in a fixed order.
    var parameters: [(name: String, value: String)] {
        var parameters = [("objective", objective), ("verbosity", values["verbosity"] ?? "1")]
        for (name, value) in values.all.sorted(by: { $0.key < $1.key }) where !Self.ours.contains(name) {
            parameters.append((name, value))
        }
        return parameters
    }

    private static func names(_ text: String) -> [String] {
        text.split { ", []'\"".contains($0) }.map(String.init)
    }

    /// What XGBoost does not know, or knows no more.
    private static let ours: Set<String> = [
        "num_round", "early_stopping_rounds", "csv_weights", "save_model_on_termination", "eval_metric", "objective",
        "silent", "verbosity", "predictor", "sketch_eps", "deterministic_histogram", "single_precision_histogram",
        "use_dask_gpu_training", "prob_buffer_row", "accuracy_top_k", "dsplit", "external_memory",
    ]

    private static func isMetric(_ name: String) -> Bool {
        if PredictionMetric(rawValue: name) != nil { return true }
        // `error@0.7`, `ndcg@5-`
        let base = name.split(separator: "@").first.map(String.init) ?? name
        return nativeNames.contains(base)
    }

    private static let nativeNames: Set<String> = [
        "rmse", "rmsle", "mae", "mape", "mphe", "logloss", "error", "merror", "mlogloss", "auc", "aucpr", "pre", "ndcg",
        "map", "poisson-nloglik", "gamma-nloglik", "cox-nloglik", "gamma-deviance", "tweedie-nloglik", "aft-nloglik",
        "interval-regression-accuracy", "quantile",
    ]

    /// Whether more of a metric is better.
    static func isMaximized(_ metric: String) -> Bool {
        if let metric = PredictionMetric(rawValue: metric) { return metric.isMaximized }
        let base = metric.split(separator: "@").first.map(String.init) ?? metric
        return ["auc", "aucpr", "pre", "ndcg", "map", "interval-regression-accuracy"].contains(base)
    }

    private static let flag = Hyperparameter.Kind.choice(["0", "1"])
    private static let boolean = Hyperparameter.Kind.choice(["true", "false", "True", "False", "0", "1"])

    private static let known: [Hyperparameter] = [
        .init("num_round", .integer(min: 1)),
        .init("num_class", .integer(min: 2)),
        .init("csv_weights", flag),
        .init("early_stopping_rounds", .integer(min: 1)),
        .init("save_model_on_termination", boolean),
        .init("booster", .choice(["gbtree", "gblinear", "dart"])),
        .init("verbosity", .integer(min: 0, max: 3)),
        .init("silent", flag),
        .init("nthread", .integer(min: 1)),
        .init("eta", .number(min: 0, max: 1)),
        .init("learning_rate", .number(min: 0, max: 1)),
        .init("gamma", .number(min: 0)),
        .init("min_split_loss", .number(min: 0)),
        .init("max_depth", .integer(min: 0)),
        .init("min_child_weight", .number(min: 0)),
        .init("max_delta_step", .number(min: 0)),
        .init("subsample", .number(min: .leastNonzeroMagnitude, max: 1)),
        .init("sampling_method", .choice(["uniform", "gradient_based"])),
        .init("colsample_bytree", .number(min: .leastNonzeroMagnitude, max: 1)),
        .init("colsample_bylevel", .number(min: .leastNonzeroMagnitude, max: 1)),
        .init("colsample_bynode", .number(min: .leastNonzeroMagnitude, max: 1)),
        .init("lambda", .number(min: 0)),
        .init("reg_lambda", .number(min: 0)),
        .init("alpha", .number(min: 0)),
        .init("reg_alpha", .number(min: 0)),
        .init("lambda_bias", .number(min: 0, max: 1)),
        .init("tree_method", .choice(["auto", "exact", "approx", "hist"])),
        .init("sketch_eps", .number(min: 0, max: 1, isOpen: true)),
        .init("scale_pos_weight", .number(min: 0)),
        .init("updater", .text),
        .init("dsplit", .choice(["row", "col"])),
        .init("refresh_leaf", flag),
        .init("process_type", .choice(["default", "update"])),
        .init("grow_policy", .choice(["depthwise", "lossguide"])),
        .init("max_leaves", .integer(min: 0)),
        .init("max_bin", .integer(min: 2)),
        .init("predictor", .choice(["auto", "cpu_predictor"])),
        .init("num_parallel_tree", .integer(min: 1)),
        .init("monotone_constraints", .text),
        .init("interaction_constraints", .text),
        .init("sample_type", .choice(["uniform", "weighted"])),
        .init("normalize_type", .choice(["tree", "forest"])),
        .init("rate_drop", .number(min: 0, max: 1)),
        .init("one_drop", flag),
        .init("skip_drop", .number(min: 0, max: 1)),
        .init("feature_selector", .choice(["cyclic", "shuffle", "random", "greedy", "thrifty"])),
        .init("top_k", .integer(min: 0)),
        .init("tweedie_variance_power", .number(min: 1, max: 2, isOpen: true)),
        .init("huber_slope", .number(min: 0)),
        .init("quantile_alpha", .number(min: 0, max: 1)),
        .init("aft_loss_distribution", .choice(["normal", "logistic", "extreme"])),
        .init("aft_loss_distribution_scale", .number(min: 0)),
        .init("deterministic_histogram", boolean),
        .init("single_precision_histogram", boolean),
        .init("use_dask_gpu_training", .choice(["false", "False", "0"])),
        .init("prob_buffer_row", .number(min: 0)),
        .init("accuracy_top_k", .integer(min: 1)),
        .init("external_memory", boolean),
        .init("base_score", .number()),
        .init("seed", .integer(min: 0)),
        .init("seed_per_iteration", boolean),
        .init("eval_metric", .text),
        .init(
            "objective",
            .choice([
                "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror",
                "reg:absoluteerror", "reg:quantileerror", "reg:gamma", "reg:tweedie", "binary:logistic",
                "binary:logitraw", "binary:hinge", "count:poisson", "survival:cox", "survival:aft", "multi:softmax",
                "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map",
            ])
        ),
    ]
}
