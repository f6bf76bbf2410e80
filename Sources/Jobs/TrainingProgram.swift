import Definitions

/// What a training job runs.
enum TrainingProgram: Sendable {
    /// An algorithm of this binary.
    case builtIn(BuiltInAlgorithm)
}

extension JobService {
    /// - Throws: ``RoostError`` where the algorithm is not known.
    func program(of definition: TrainingDefinition) async throws -> TrainingProgram {
        let name = AlgorithmName(definition.algorithm)
        if let algorithm = name.builtIn { return .builtIn(algorithm) }
        let known = BuiltInAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
        throw RoostError(
            .invalidInput,
            "There is no algorithm '\(definition.algorithm.prefix(200))'; known are \(known).",
            field: "algorithm"
        )
    }
}
