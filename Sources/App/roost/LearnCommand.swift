public import ArgumentParser
public import Definitions
import Foundation
import Learning
import Runtimes

/// What a training job of a built-in algorithm runs.
struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Run a built-in algorithm in the folder that SAGEMAKER_BASE_DIR names.",
        shouldDisplay: false
    )

    @Argument var algorithm: BuiltInAlgorithm
    @Option(help: "The data folder, in which runtimes are looked for.") var data: String?

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let root = environment["SAGEMAKER_BASE_DIR"], !root.isEmpty else {
            throw ValidationError("SAGEMAKER_BASE_DIR names no folder.")
        }
        let learner = Learner(
            root: root,
            search: RuntimeLibrary.SearchPath(dataFolder: data),
            threads: environment["OMP_NUM_THREADS"].flatMap { Int($0) }.map { min(max($0, 1), 1024) } ?? 1
        )
        // Not exit(): it would take XGBoost's threads apart under it.
        _exit(learner.run(algorithm))
    }
}

extension BuiltInAlgorithm: ExpressibleByArgument {}
