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

    /// Returns a range of a hyperparameter without an end that the hyperparameter cannot have, but comes close to, such as 0 for a
    /// share above 0. Other values outside of what is valid stay.
    package func clipped(_ name: String, _ low: Double, _ high: Double) -> (low: Double, high: Double) {
        guard let spec = specs.first(where: { $0.name == name }), high > low, (high - low).isFinite else {
            return (low, high)
        }
        switch spec.kind {
        case .number(let bounds), .automatic(let bounds):
            let margin = (high - low) * 1e-6
            return (
                bounds.isLowestOpen && low == bounds.lowest ? low + margin : low,
                bounds.isHighestOpen && high == bounds.highest ? high - margin : high
            )
        default: return (low, high)
        }
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
