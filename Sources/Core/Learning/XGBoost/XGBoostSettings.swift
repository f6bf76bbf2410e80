/// A job's hyperparameters, translated for XGBoost.
struct XGBoostSettings: Sendable {
    let rounds: Int
    let hasWeights: Bool
    let earlyStoppingRounds: Int?
    let savesOnTermination: Bool
    /// `nil` without cross-validation.
    let folds: Folds?
    let seed: UInt64
    let verbosity: Int
    let objective: String
    let classCount: Int?
    let booster: String
    /// Whether training changes the trees of an earlier model rather than adding trees.
    let updatesTrees: Bool
    /// The metrics that XGBoost computes, in order.
    let nativeMetrics: [String]
    /// The metrics that Roost computes.
    let customMetrics: [QualityMetric]
    /// XGBoost's parameters, in order.
    let parameters: [(name: String, value: String)]
    /// Messages for the user about hyperparameters that have no effect.
    let notes: [String]

    init(_ values: [String: String], threads: Int) throws(LearningError) {
        let given = try Hyperparameters(values, specs: XGBoostHyperparameters.specs)
        rounds = given.integer("num_round") ?? 1
        hasWeights = given.integer("csv_weights") == 1
        earlyStoppingRounds = given.integer("early_stopping_rounds")
        // A tuning job stops trials that fall behind, but one of them may still become its best.
        savesOnTermination =
            given.flag("save_model_on_termination") ?? (given["_tuning_objective_metric"] != nil)
        if let count = given.integer("_kfold") {
            folds = try Folds(count: count, rounds: given.integer("_num_cv_round") ?? 1)
        } else {
            folds = nil
        }
        seed = UInt64(bitPattern: Int64(given.integer("seed") ?? 0))
        verbosity = given.integer("verbosity") ?? 1
        objective = given["objective"].map { $0 == "reg:linear" ? "reg:squarederror" : $0 } ?? "reg:squarederror"
        classCount = given.integer("num_class")
        booster = given["booster"] ?? "gbtree"
        updatesTrees = given["process_type"] == "update"
        try Self.checkTogether(given, objective: objective)

        var native: [String] = []
        var custom: [QualityMetric] = []
        for name in try Self.metricNames(given) {
            let stem = String(name.prefix { $0 != "@" })
            if let metric = QualityMetric(rawValue: name) {
                if !custom.contains(metric) { custom.append(metric) }
            } else if XGBoostHyperparameters.nativeMetrics.contains(stem) {
                if !native.contains(name) { native.append(name) }
            } else {
                let known = XGBoostHyperparameters.nativeMetrics.union(QualityMetric.allCases.map(\.rawValue))
                throw .client(
                    "Hyperparameter eval_metric: value \(name.prefix(100)) not in range "
                        + "[\(known.sorted().joined(separator: ", "))]"
                )
            }
        }
        nativeMetrics = native
        customMetrics = custom

        var notes: [String] = []
        if folds == nil, given["_num_cv_round"] != nil {
            notes.append("Hyperparameter _num_cv_round has no effect without _kfold.")
        }
        var parameters = [("objective", objective)]
        for (name, value) in given.values.sorted(by: { $0.key < $1.key }) {
            if Self.isOurs.contains(name) || name.hasPrefix("_") { continue }
            switch (name, value) {
            case ("tree_method", "gpu_hist"):
                notes.append("tree_method gpu_hist is not supported because there is no GPU; using hist.")
                parameters.append((name, "hist"))
            case ("updater", _): parameters.append((name, Self.updaters(value)))
            case _ where Self.withoutEffect.contains(name):
                notes.append("Hyperparameter \(name) has no effect in this version of XGBoost.")
            default: parameters.append((name, value))
            }
        }
        if given["nthread"] == nil { parameters.append(("nthread", "\(threads)")) }
        parameters += native.map { ("eval_metric", $0) }
        self.parameters = parameters
        self.notes = notes
    }

    private static let isOurs: Set<String> = [
        "num_round", "csv_weights", "early_stopping_rounds", "save_model_on_termination", "silent", "objective",
        "eval_metric", "use_dask_gpu_training", "verbosity",
    ]
    private static let withoutEffect: Set<String> = [
        "dsplit", "sketch_eps", "predictor", "lambda_bias", "deterministic_histogram", "single_precision_histogram",
    ]

    /// Replaces old names of updaters with the current ones.
    private static func updaters(_ text: String) -> String {
        text.split(separator: ",").map { name in
            switch name.trimmed {
            case "distcol": "grow_colmaker"
            case "grow_local_histmaker", "grow_skmaker": "grow_histmaker"
            case let other: other
            }
        }.joined(separator: ",")
    }

    /// Returns the requested metrics, including the objective metric of a tuning job.
    private static func metricNames(_ given: Hyperparameters) throws(LearningError) -> [String] {
        // Some clients send a Python list.
        var names = given.list("eval_metric").map { $0.filter { !"[]'\" ".contains($0) } }
        if let tuned = given["_tuning_objective_metric"] {
            let name = String(tuned.split(separator: ":", maxSplits: 1).last ?? "")
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        for name in names where name.contains("@") {
            let parts = name.split(separator: "@", maxSplits: 1)
            let stems = ["error", "ndcg", "map", "pre", "tweedie-nloglik", "quantile"]
            guard parts.count == 2, stems.contains(String(parts[0])) else {
                throw .client(
                    "Metric '\(name.prefix(100))' is not supported. Parameter 'eval_metric' with customized threshold "
                        + "should be one of these options: 'error', 'ndcg', 'map', 'pre'."
                )
            }
            guard Double(parts[1].hasSuffix("-") ? parts[1].dropLast() : parts[1]) != nil else {
                throw .client("Threshold value 't' in '\(parts[0])@t' expects float input.")
            }
        }
        return names
    }

    private static func checkTogether(_ given: Hyperparameters, objective: String) throws(LearningError) {
        let isMulticlass = objective.hasPrefix("multi:")
        if isMulticlass, given["num_class"] == nil {
            throw .client("Require input for parameter 'num_class' for multi-classification")
        }
        if !isMulticlass, given["num_class"] != nil {
            throw .client(
                "Do not need to setup parameter 'num_class' for learning task other than multi-classification."
            )
        }
        let updaters = given.list("updater")
        let isLinear = given["booster"] == "gblinear"
        let linear = ["shotgun", "coord_descent"]
        if isLinear, !updaters.isEmpty, updaters.count != 1 || !linear.contains(updaters[0]) {
            throw .client("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
        }
        if !isLinear, updaters.contains(where: linear.contains) {
            throw .client("Updaters 'shotgun' and 'coord_descent' can only be used with booster 'gblinear'.")
        }
        if given["process_type"] == "update", !updaters.allSatisfy(["refresh", "prune"].contains) {
            throw .client("process_type 'update' can only be used with updater 'refresh' and 'prune'")
        }
        if given["max_depth"] == "0", given["tree_method"] == "exact" {
            throw .client("Hyperparameter max_depth: 0 (no limit) cannot be used with tree_method 'exact'.")
        }
        let metrics = try metricNames(given)
        if metrics.contains("auc"),
            !["binary:", "rank:", "multi:", "reg:logistic"].contains(where: objective.hasPrefix)
        {
            throw .client("Metric 'auc' can only be applied for classification and ranking problems.")
        }
        if metrics.contains("aft-nloglik"), objective != "survival:aft" {
            throw .client("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")
        }
        for name in ["monotone_constraints", "interaction_constraints"] {
            let allowed = "()[], -+0123456789"
            if let text = given[name], !text.allSatisfy(allowed.contains) {
                throw .client(
                    "Hyperparameter \(name): could not parse value '\(text.prefix(100))'; expected numbers."
                )
            }
        }
    }
}
