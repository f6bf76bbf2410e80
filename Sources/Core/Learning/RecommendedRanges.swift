package import Definitions

extension BuiltInAlgorithm {
    /// Returns the ranges that AWS recommends for the hyperparameters that can be tuned.
    ///
    /// - Parameter hyperparameters: What else is known of the job. The methods by which factorization machines initialize
    ///   their weights are not tunable themselves, and decide which of their values are.
    /// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html, linear-learner-tuning.html,
    ///   k-means-tuning.html and fm-tuning.html, table "Tunable … hyperparameters" of each. What fm-tuning.html calls `epoch` is
    ///   `epochs` in fact-machines-hyperparameters.html.
    package func recommendedRanges(with hyperparameters: [String: String]) -> [HyperparameterRange] {
        switch self {
        case .xgboost: Self.xgboostRanges
        case .linearLearner: Self.linearRanges
        case .kmeans: Self.kmeansRanges
        case .factorizationMachines: Self.factorizationRanges(hyperparameters)
        }
    }

    /// The names of the hyperparameters to search if a user names none; empty if that depends on the data.
    ///
    /// AWS names those of XGBoost with the greatest effect. Of k-means, it names `mini_batch_size`, `extra_center_factor` and
    /// `init_method`, of which only the last has an effect in this implementation. It names none of the other algorithms; those of the
    /// linear learner are the ones that apply to every type of predictor.
    ///
    /// - Source: As of ``recommendedRanges(with:)``.
    package var searchedByDefault: [String] {
        switch self {
        case .xgboost: ["alpha", "min_child_weight", "subsample", "eta", "num_round"]
        case .linearLearner: ["wd", "l1", "learning_rate", "mini_batch_size", "use_bias"]
        case .kmeans: ["init_method"]
        case .factorizationMachines: []
        }
    }

    private static let xgboostRanges = [
        real("alpha", 0, 1000), real("colsample_bylevel", 0.1, 1), real("colsample_bynode", 0.1, 1),
        real("colsample_bytree", 0.5, 1), real("eta", 0.1, 0.5), real("gamma", 0, 5), real("lambda", 0, 1000),
        integer("max_delta_step", 0, 10), integer("max_depth", 0, 10), real("min_child_weight", 0, 120),
        integer("num_round", 1, 4000), real("subsample", 0.5, 1),
    ]

    private static let linearRanges = [
        real("wd", 1e-7, 1), real("l1", 1e-7, 1), real("learning_rate", 1e-5, 1), integer("mini_batch_size", 100, 5000),
        choice("use_bias", ["True", "False"]), real("positive_example_weight_mult", 1e-5, 1e5),
    ]

    private static let kmeansRanges = [
        integer("epochs", 1, 10), integer("extra_center_factor", 4, 10), choice("init_method", ["kmeans++", "random"]),
        integer("mini_batch_size", 3000, 15000),
    ]

    private static func factorizationRanges(_ hyperparameters: [String: String]) -> [HyperparameterRange] {
        [integer("epochs", 1, 1000), integer("mini_batch_size", 100, 10000)]
            + ["bias", "factors", "linear"].flatMap { group in
                let initial =
                    switch hyperparameters["\(group)_init_method"] {
                    case "uniform": "init_scale"
                    case "constant": "init_value"
                    default: "init_sigma"
                    }
                return [initial, "lr", "wd"].map { real("\(group)_\($0)", 1e-8, 512) }
            }
    }

    private static func real(_ name: String, _ low: Double, _ high: Double) -> HyperparameterRange {
        HyperparameterRange(name: name, values: .continuous(min: low, max: high, scaling: .auto))
    }

    private static func integer(_ name: String, _ low: Int, _ high: Int) -> HyperparameterRange {
        HyperparameterRange(name: name, values: .integer(min: low, max: high, scaling: .auto))
    }

    private static func choice(_ name: String, _ values: [String]) -> HyperparameterRange {
        HyperparameterRange(name: name, values: .categorical(values))
    }
}
