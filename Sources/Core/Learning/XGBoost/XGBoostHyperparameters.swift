/// The hyperparameters of the xgboost algorithm: those of AWS's container, and those added by newer versions of XGBoost.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
package enum XGBoostHyperparameters {
    private static let count = 0...Int(Int32.max)
    private static let positive = 1...Int(Int32.max)
    private static let boolean = ["true", "false"]

    package static let specs: [HyperparameterSpec] =
        [
            .init("num_round", .integer(positive), isRequired: true),
            .init("csv_weights", .integer(0...1)),
            .init("early_stopping_rounds", .integer(positive)),
            .init("save_model_on_termination", .choice(boolean)),
            .init("_tuning_objective_metric", .text),
            .init("_num_gpu", .text),
            .init("_num_hosts", .text),
            .init("_kfold", .integer(2...Int(Int32.max))),
            .init("_num_cv_round", .integer(positive)),
        ] + general + trees + dart + task

    private static let general: [HyperparameterSpec] = [
        .init("booster", .choice(["gbtree", "gblinear", "dart"])),
        .init("verbosity", .integer(0...3)),
        .init("silent", .text),
        .init("nthread", .integer(positive)),
        .init("seed", .integer(Int(Int32.min)...Int(Int32.max))),
        .init("seed_per_iteration", .choice(boolean)),
        .init("dsplit", .choice(["row", "col"])),
        .init("use_dask_gpu_training", .choice(boolean)),
    ]

    private static let trees: [HyperparameterSpec] = [
        .init("eta", .number(.from(0, to: 1))),
        .init("learning_rate", .number(.from(0, to: 1))),
        .init("gamma", .number(.from(0))),
        .init("min_split_loss", .number(.from(0))),
        .init("max_depth", .integer(count)),
        .init("min_child_weight", .number(.from(0))),
        .init("max_delta_step", .number(.from(0))),
        .init("subsample", .number(.above(0, to: 1))),
        .init("sampling_method", .choice(["uniform", "gradient_based"])),
        .init("colsample_bytree", .number(.above(0, to: 1))),
        .init("colsample_bylevel", .number(.above(0, to: 1))),
        .init("colsample_bynode", .number(.above(0, to: 1))),
        .init("lambda", .number(.from(0))),
        .init("reg_lambda", .number(.from(0))),
        .init("alpha", .number(.from(0))),
        .init("reg_alpha", .number(.from(0))),
        .init("lambda_bias", .number(.from(0, to: 1))),
        .init("tree_method", .choice(["auto", "exact", "approx", "hist", "gpu_hist"])),
        .init("sketch_eps", .number(.between(0, 1))),
        .init("scale_pos_weight", .number(.above(0))),
        .init("updater", .choices(updaters)),
        .init("refresh_leaf", .integer(0...1)),
        .init("process_type", .choice(["default", "update"])),
        .init("grow_policy", .choice(["depthwise", "lossguide"])),
        .init("max_leaves", .integer(count)),
        .init("max_bin", .integer(2...Int(Int32.max))),
        .init("max_cat_to_onehot", .integer(positive)),
        .init("max_cat_threshold", .integer(positive)),
        .init("predictor", .choice(["auto", "cpu_predictor", "gpu_predictor"])),
        .init("num_parallel_tree", .integer(positive)),
        .init("monotone_constraints", .text),
        .init("interaction_constraints", .text),
        .init("deterministic_histogram", .choice(boolean)),
        .init("single_precision_histogram", .choice(boolean)),
    ]

    private static let updaters = [
        "grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker", "grow_quantile_histmaker",
        "grow_skmaker", "sync", "refresh", "prune", "shotgun", "coord_descent",
    ]

    private static let dart: [HyperparameterSpec] = [
        .init("sample_type", .choice(["uniform", "weighted"])),
        .init("normalize_type", .choice(["tree", "forest"])),
        .init("rate_drop", .number(.from(0, to: 1))),
        .init("one_drop", .integer(0...1)),
        .init("skip_drop", .number(.from(0, to: 1))),
        .init("feature_selector", .choice(["cyclic", "shuffle", "random", "greedy", "thrifty"])),
        .init("top_k", .integer(count)),
    ]

    private static let task: [HyperparameterSpec] = [
        .init("objective", .choice(objectives)),
        .init("num_class", .integer(2...Int(Int32.max))),
        .init("base_score", .number(.any)),
        .init("eval_metric", .text),
        .init("tweedie_variance_power", .number(.between(1, 2))),
        .init("huber_slope", .number(.above(0))),
        .init("quantile_alpha", .number(.between(0, 1))),
        .init("aft_loss_distribution", .choice(["normal", "logistic", "extreme"])),
        .init("aft_loss_distribution_scale", .number(.above(0))),
    ]

    private static let objectives = [
        "reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror",
        "reg:absoluteerror", "reg:quantileerror", "reg:gamma", "reg:tweedie", "binary:logistic", "binary:logitraw",
        "binary:hinge", "count:poisson", "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map",
        "survival:aft", "survival:cox",
    ]

    /// The metrics that XGBoost computes.
    static let nativeMetrics: Set<String> = [
        "aft-nloglik", "auc", "aucpr", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
        "interval-regression-accuracy", "logloss", "mae", "map", "mape", "merror", "mlogloss", "mphe", "ndcg", "pre",
        "poisson-nloglik", "quantile", "rmse", "rmsle", "tweedie-nloglik",
    ]
}
