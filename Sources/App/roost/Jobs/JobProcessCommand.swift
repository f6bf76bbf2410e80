import ArgumentParser
import Foundation
import Processes

/// The supervisor of a job's program: it enforces the limits, and ends the program when the server is gone.
struct JobProcess: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: SupervisedProcess.command,
        abstract: "Run a program within limits, until standard input ends.",
        shouldDisplay: false
    )

    @Option var memory = 0
    @Option var heap: Int?
    @Option var fileSize = 0
    @Option var processes = 0
    @Flag var prompt = false
    @Argument(parsing: .postTerminator) var command: [String] = []

    func run() throws {
        guard !command.isEmpty else { throw ValidationError("A program is missing.") }
        var limits = ProcessLimits()
        limits.memory = memory
        limits.heap = heap
        limits.fileSize = fileSize
        limits.processCount = processes
        limits.yields = !prompt
        throw ExitCode(SupervisedProcess.supervise(command, limits))
    }
}
