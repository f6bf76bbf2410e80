import Definitions
import Encodings
import Foundation
import Platform

/// The program that a training job runs.
enum TrainingProgram: Sendable {
    /// A built-in algorithm.
    case builtIn(BuiltInAlgorithm)
    /// A custom algorithm.
    case own(CustomAlgorithm)
    /// A user's script, which would run in a framework's image on AWS.
    case script(ScriptMode)
}

/// A user's script: the location of the code, and the file to run.
struct ScriptMode: Sendable, Hashable {
    /// The path of the script in the archive, such as `train.py`.
    var program: String
    /// `s3://BUCKET/KEY` of a `.tar.gz`.
    var source: ObjectURI

    /// The script's name as a Python module.
    var module: String { (program as NSString).deletingPathExtension }

    /// Creates the script that the hyperparameters name; `nil` if they name none.
    ///
    /// - Throws: ``RoostError`` if the name or the code's URI is invalid.
    init?(_ hyperparameters: [String: String]) throws {
        guard let program = hyperparameters["sagemaker_program"].map(HyperparameterText.plain), !program.isEmpty else {
            return nil
        }
        guard program.utf8.first != UInt8(ascii: "/"), !program.utf8.contains(0), !program.pathParts.contains("..")
        else {
            throw RoostError(
                .invalidInput,
                "'\(program.prefix(200))' is not a path within the code's archive.",
                field: "hyperparameters.sagemaker_program"
            )
        }
        self.program = program
        let source = hyperparameters["sagemaker_submit_directory"].map(HyperparameterText.plain) ?? ""
        self.source = try ObjectURI(source, field: "hyperparameters.sagemaker_submit_directory")
    }
}

extension TrainingDefinition {
    /// The program that the job runs, unless there is a custom algorithm with its name.
    var program: AlgorithmName.Program {
        AlgorithmName(algorithm).program(script: hyperparameters["sagemaker_program"].map(HyperparameterText.plain))
    }
}

extension JobService {
    /// Returns the program that a definition runs.
    ///
    /// - Throws: ``JobRejection`` if there is no such algorithm, ``RoostError`` if its hyperparameters do not name its script.
    func program(of definition: TrainingDefinition) async throws -> TrainingProgram {
        let name = AlgorithmName(definition.algorithm)
        if let own = try await platform.algorithms.algorithm(named: definition.algorithm) {
            guard own.trains else {
                throw JobRejection.cannotTrain(name: definition.algorithm, algorithm: own.name)
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
                "'\(name.repository)' runs a script. Set the hyperparameters sagemaker_program and "
                    + "sagemaker_submit_directory.",
                field: "hyperparameters"
            )
        }
        let own = try await platform.customAlgorithms().map(\.name)
        throw JobRejection.unknownAlgorithm(
            definition.algorithm,
            known: BuiltInAlgorithm.allCases.map(\.rawValue) + own
        )
    }
}
