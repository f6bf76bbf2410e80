import Foundation

/// The hyperparameters of linear-learner.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html
package enum LinearHyperparameters {
    private static let positive = 1...Int(Int32.max)
    private static let boolean = ["true", "false", "True", "False"]
    private static let automatic = HyperparameterSpec.Kind.automatic

    package static let specs: [HyperparameterSpec] = [
        .init(
            "predictor_type",
            .choice(["regressor", "binary_classifier", "multiclass_classifier"]),
            isRequired: true
        ),
        .init("feature_dim", .automaticInteger(positive)),
        .init("num_classes", .automaticInteger(2...1_000_000)),
        .init("mini_batch_size", .automaticInteger(positive)),
        .init("epochs", .integer(positive)),
        .init("optimizer", .choice(["auto", "sgd", "adam", "rmsprop"])),
        .init("loss", .choice(["auto"] + LinearLoss.allCases.map(\.rawValue))),
        .init("learning_rate", automatic(.above(0))),
        .init("l1", automatic(.from(0))),
        .init("wd", automatic(.from(0))),
        .init("momentum", automatic(.from(0, to: 1))),
        .init("beta_1", automatic(.from(0, to: 1))),
        .init("beta_2", automatic(.from(0, to: 1))),
        .init("bias_lr_mult", automatic(.above(0))),
        .init("bias_wd_mult", automatic(.from(0))),
        .init("use_bias", .choice(["auto"] + boolean)),
        .init("normalize_data", .choice(["auto"] + boolean)),
        .init("normalize_label", .choice(["auto"] + boolean)),
        .init("unbias_data", .choice(["auto"] + boolean)),
        .init("unbias_label", .choice(["auto"] + boolean)),
        .init("positive_example_weight_mult", .text),
        .init("balance_multiclass_weights", .choice(boolean)),
        .init(
            "binary_classifier_model_selection_criteria",
            .choice([
                "accuracy", "f_beta", "f1", "precision_at_target_recall", "recall_at_target_precision",
                "cross_entropy_loss", "loss_function",
            ])
        ),
        .init("f_beta", .number(.above(0))),
        .init("target_recall", .number(.between(0, 1))),
        .init("target_precision", .number(.between(0, 1))),
        .init("huber_delta", automatic(.from(0))),
        .init("loss_insensitivity", automatic(.from(0))),
        .init("quantile", automatic(.between(0, 1))),
        .init("margin", automatic(.from(0))),
        .init("early_stopping_patience", .integer(positive)),
        .init("early_stopping_tolerance", .number(.from(0))),
        .init("accuracy_top_k", .automaticInteger(positive)),
        .init("num_models", .automaticInteger(positive)),
        .init("num_calibration_samples", .automaticInteger(positive)),
        .init("num_point_for_scaler", .integer(positive)),
        .init("init_method", .choice(["uniform", "normal"])),
        .init("init_scale", .number(.from(0))),
        .init("init_sigma", .number(.from(0))),
        .init("init_bias", .number(.any)),
        .init("lr_scheduler_step", automatic(.from(0))),
        .init("lr_scheduler_factor", automatic(.from(0, to: 1))),
        .init("lr_scheduler_minimum_lr", automatic(.from(0))),
        .init("use_lr_scheduler", .choice(boolean)),
        .init("eval_metrics", .text),
        .init("_tuning_objective_metric", .text),
        .init("_num_gpus", .text),
        .init("_num_kv_servers", .text),
        .init("_kvstore", .text),
        .init("_log_level", .text),
    ]
}

/// The loss function of a linear model.
package enum LinearLoss: String, Sendable, CaseIterable {
    case logistic
    case hinge = "hinge_loss"
    case squared = "squared_loss"
    case absolute = "absolute_loss"
    case epsilonSquared = "eps_insensitive_squared_loss"
    case epsilonAbsolute = "eps_insensitive_absolute_loss"
    case quantile = "quantile_loss"
    case huber = "huber_loss"
    case softmax = "softmax_loss"

    /// The parameters of some losses.
    struct Parameters: Sendable {
        var epsilon = 0.01
        var quantile = 0.5
        var delta = 1.0
        var margin = 1.0
    }

    /// Returns the loss and its slope for one output `sum`, given the true `label`, which is ±1 for two classes.
    @inline(__always)
    func of(_ sum: Double, label: Double, _ parameters: Parameters) -> (value: Double, slope: Double) {
        let error = sum - label
        switch self {
        case .squared, .softmax: return (0.5 * error * error, error)
        case .absolute: return (error.magnitude, error < 0 ? -1 : 1)
        case .epsilonSquared:
            let excess = max(0, error.magnitude - parameters.epsilon)
            return (0.5 * excess * excess, error < 0 ? -excess : excess)
        case .epsilonAbsolute:
            let excess = max(0, error.magnitude - parameters.epsilon)
            return (excess, excess == 0 ? 0 : error < 0 ? -1 : 1)
        case .quantile:
            return error < 0
                ? (-parameters.quantile * error, -parameters.quantile)
                : ((1 - parameters.quantile) * error, 1 - parameters.quantile)
        case .huber:
            let delta = parameters.delta
            return error.magnitude <= delta
                ? (0.5 * error * error, error)
                : (delta * (error.magnitude - 0.5 * delta), error < 0 ? -delta : delta)
        case .logistic:
            let margin = label * sum
            let value = margin > 0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin
            return (value, -label / (1 + exp(margin)))
        case .hinge:
            let missing = parameters.margin - label * sum
            return missing > 0 ? (missing, -label) : (0, 0)
        }
    }
}
