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
    @Argument(parsing: .postTerminator) var command: [String] = []

    func run() throws {
        guard !command.isEmpty else { throw ValidationError("A program is missing.") }
        throw ExitCode(SupervisedProcess.supervise(command, memoryLimit: memory))
    }
}
