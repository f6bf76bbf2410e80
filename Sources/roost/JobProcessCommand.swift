import ArgumentParser
import Foundation
import Processes

/// What the server runs a job's program under: it keeps to the limits, and ends the program when the server is gone.
struct JobProcess: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: SupervisedProcess.command,
        abstract: "Run a program within limits, until standard input ends.",
        shouldDisplay: false
    )

    @Option var memory = 0
    @Option var threads = 1
    @Argument(parsing: .postTerminator) var command: [String] = []

    func run() throws {
        guard !command.isEmpty else { throw ValidationError("A program is missing.") }
        // Each numeric library has its own word for it.
        for name in ["OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB"] {
            let variable = name == "VECLIB" ? "VECLIB_MAXIMUM_THREADS" : "\(name)_NUM_THREADS"
            setenv(variable, "\(threads)", 0)
        }
        throw ExitCode(SupervisedProcess.supervise(command, memoryLimit: memory))
    }
}
