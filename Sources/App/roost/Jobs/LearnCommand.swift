public import ArgumentParser
public import Definitions
import Foundation
import Learning
import Runtimes

/// The program of a training job with a built-in algorithm.
struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Run a built-in algorithm in the folder that SAGEMAKER_BASE_DIR names.",
        shouldDisplay: false
    )

    @Argument var algorithm: BuiltInAlgorithm
    @Option(help: "Data folder with the runtimes.") var data: String?
    @Option(help: "Python that reads Parquet.") var python: String?

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let root = environment["SAGEMAKER_BASE_DIR"], !root.isEmpty else {
            throw ValidationError("SAGEMAKER_BASE_DIR is not set.")
        }
        let learner = Learner(
            root: root,
            search: RuntimeLibrary.SearchPath(dataFolder: data),
            threads: environment["OMP_NUM_THREADS"].flatMap { Int($0) }.map { min(max($0, 1), 1024) } ?? 1,
            python: python ?? environment["ROOST_PYTHON"] ?? "python3"
        )
        // Not exit(), which would tear down XGBoost under its running threads.
        _exit(learner.run(algorithm))
    }
}

extension BuiltInAlgorithm: ExpressibleByArgument {}
