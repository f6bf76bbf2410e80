import Definitions
import Foundation
import Processes
package import Programs
import WorkThreads

/// Runs the programs of jobs in child processes of this server, which end with it.
package struct ChildProcessExecutor: JobExecutor {
    private let host: ProgramHost
    /// Where the built-in algorithms find the runtimes.
    private let dataFolder: String

    package init(host: ProgramHost, dataFolder: String) {
        self.host = host
        self.dataFolder = dataFolder
    }

    package var memoryLimit: Int { host.memoryLimit }
    package var python: String { host.python }

    package func start(_ command: JobCommand) throws -> any RunningProgram {
        do {
            return ChildProcess(process: try SupervisedProcess(executable: host.executable, supervised(command)))
        } catch let error as ProcessError {
            throw ExecutorError(error.description)
        }
    }

    private func supervised(_ command: JobCommand) -> SupervisedProcess.Command {
        var supervised: SupervisedProcess.Command
        switch command.program {
        case .learn(let algorithm):
            let arguments = ["learn", algorithm.rawValue, "--data", dataFolder, "--python", host.python]
            supervised = .init(host.executable, arguments, folder: command.folder)
        case .transform(let specification):
            let arguments = [TransformProgram.command, "\(command.folder)/\(specification)"]
            supervised = .init(host.executable, arguments, folder: command.folder)
        case .executable(let path):
            let path = "\(command.folder)/\(path)"
            supervised = .init(path, folder: (path as NSString).deletingLastPathComponent)
        case .script(let path, let folder, let arguments):
            let interpreter = path.hasSuffix(".sh") ? "/bin/sh" : host.python
            supervised = .init(interpreter, [path] + arguments, folder: "\(command.folder)/\(folder)")
        }
        supervised.environment = Self.inherited.merging(command.environment) { _, own in own }
        supervised.limits.memory = host.memoryLimit
        supervised.threadCount = command.threadCount
        return supervised
    }

    /// The part of the server's environment that jobs inherit.
    private static var inherited: [String: String] {
        ProcessInfo.processInfo.environment.filter { inheritedNames.contains($0.key) }
    }

    private static let inheritedNames: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LD_LIBRARY_PATH", "ROOST_RUNTIMES",
        "ROOST_DATA",
    ]
}

private struct ChildProcess: RunningProgram {
    let process: SupervisedProcess

    func output(_ onLine: @escaping @Sendable (String) -> Void) async throws -> ProgramOutcome {
        // On its own thread, because reading blocks for as long as the program runs.
        let outcome = try await runOnThread(named: "job-lines") { process.readLines(onLine) }
        return switch outcome {
        case .exited(let status): .exited(status)
        case .signaled(let number): .signaled(number)
        case .memoryExceeded: .memoryExceeded
        // Jobs have no limit on processes.
        case .tooManyProcesses: .lost
        case .notStarted(let reason): .notStarted(reason: reason)
        case .lost: .lost
        }
    }

    func stop() { process.terminate() }

    func kill() { process.kill() }
}
