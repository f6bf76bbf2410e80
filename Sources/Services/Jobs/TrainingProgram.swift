import Definitions
import Foundation
import Platform

/// What a training job runs.
enum TrainingProgram: Sendable {
    /// An algorithm of this binary.
    case builtIn(BuiltInAlgorithm)
    /// An algorithm that a user added.
    case own(OwnAlgorithm)
    /// A user's script, in what stands for a framework's image.
    case script(ScriptMode)
}

/// A user's script: where the code is, and which file of it is run.
struct ScriptMode: Sendable, Hashable {
    /// The path of the script in the archive: `train.py`.
    var program: String
    /// `s3://BUCKET/KEY` of a `.tar.gz`.
    var source: ObjectURI

    /// What Python calls it.
    var module: String { (program as NSString).deletingPathExtension }

    /// The script that the hyperparameters name; `nil` where they name none.
    ///
    /// - Throws: ``RoostError`` where they name one that cannot be.
    init?(_ hyperparameters: [String: String]) throws {
        guard let program = hyperparameters["sagemaker_program"].map(HyperparameterText.plain), !program.isEmpty else {
            return nil
        }
        let parts = program.split(separator: "/", omittingEmptySubsequences: false)
        guard !program.hasPrefix("/"), !program.contains("\0"), !parts.contains("..") else {
            throw RoostError(
                .invalidInput,
                "'\(program.prefix(200))' is no path inside of the code's archive.",
                field: "hyperparameters.sagemaker_program"
            )
        }
        self.program = program
        let source = hyperparameters["sagemaker_submit_directory"].map(HyperparameterText.plain) ?? ""
        self.source = try ObjectURI(source, field: "hyperparameters.sagemaker_submit_directory")
    }
}

extension TrainingDefinition {
    /// What kind of program the job runs, where no user has added an algorithm of its name.
    var program: AlgorithmName.Program {
        AlgorithmName(algorithm).program(script: hyperparameters["sagemaker_program"].map(HyperparameterText.plain))
    }
}

extension JobService {
    /// - Throws: ``RoostError`` where the algorithm is not known.
    func program(of definition: TrainingDefinition) async throws -> TrainingProgram {
        let name = AlgorithmName(definition.algorithm)
        if let own = try await platform.algorithms.algorithm(named: definition.algorithm) {
            guard own.trains else {
                throw RoostError(
                    .invalidInput,
                    "The algorithm '\(own.name)' has no program 'train'.",
                    field: "algorithm"
                )
            }
            return .own(own)
        }
        switch definition.program {
        case .script: if let script = try ScriptMode(definition.hyperparameters) { return .script(script) }
        case .builtIn(let algorithm): return .builtIn(algorithm)
        case .custom: break
        }
        if name.runsScripts {
            throw RoostError(
                .invalidInput,
                "'\(name.repository)' runs a script: the hyperparameters sagemaker_program and "
                    + "sagemaker_submit_directory say which.",
                field: "hyperparameters"
            )
        }
        let own = try await platform.ownAlgorithms().map(\.name)
        let known = (BuiltInAlgorithm.allCases.map(\.rawValue) + own).joined(separator: ", ")
        throw RoostError(
            .invalidInput,
            "There is no algorithm '\(definition.algorithm.prefix(200))'; known are \(known). "
                + "Another one is added with: roost algorithm add",
            field: "algorithm"
        )
    }
}
