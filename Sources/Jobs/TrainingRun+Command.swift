import Definitions
import Foundation
import Processes

extension TrainingRun {
    /// What is run, and how it is told where everything is.
    func command(for program: TrainingProgram, folder: JobFolder) async throws -> SupervisedProcess.Command {
        var command: SupervisedProcess.Command
        switch program {
        case .builtIn(let algorithm):
            command = .init(service.configuration.executable, ["learn", algorithm.rawValue], folder: folder.root)
        }
        command.environment = environment(folder)
        command.memoryLimit = service.configuration.memoryLimit
        command.threadCount = service.configuration.threadCount
        return command
    }

    private func environment(_ folder: JobFolder) -> [String: String] {
        var environment = Self.inheritedEnvironment
        environment["SAGEMAKER_BASE_DIR"] = folder.root
        environment["TMPDIR"] = folder.temporary
        environment["TRAINING_JOB_NAME"] = definition.name
        environment["PYTHONUNBUFFERED"] = "1"
        environment.merge(definition.environment) { _, given in given }
        return environment
    }

    /// What of the server's environment a job may see.
    static var inheritedEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter { inherited.contains($0.key) }
    }

    private static let inherited: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LD_LIBRARY_PATH", "ROOST_RUNTIMES",
    ]
}
