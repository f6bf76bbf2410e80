package import Definitions

extension BuiltInAlgorithm {
    private var specs: [HyperparameterSpec] {
        switch self {
        case .xgboost: XGBoostHyperparameters.specs
        case .linearLearner: LinearHyperparameters.specs
        case .kmeans: KMeansLearner.specs
        case .factorizationMachines: FactorizationLearner.specs
        }
    }

    /// Checks the name and the value of one hyperparameter.
    ///
    /// - Throws: ``LearningError/client(_:)`` with the message that a training job would fail with.
    package func check(_ name: String, _ value: String) throws(LearningError) {
        _ = try Hyperparameters([name: value], specs: specs.filter { $0.name == name })
    }

    /// Checks the hyperparameters of a training job, individually and together, as far as that is possible without its data.
    ///
    /// - Throws: ``LearningError/client(_:)`` with the message that the job would fail with.
    package func check(_ hyperparameters: [String: String]) throws(LearningError) {
        switch self {
        case .xgboost: _ = try XGBoostSettings(hyperparameters, threads: 1)
        default: _ = try Hyperparameters(hyperparameters, specs: specs)
        }
    }
}
