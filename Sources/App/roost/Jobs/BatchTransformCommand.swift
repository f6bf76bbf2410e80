import ArgumentParser
import Foundation
import Jobs

/// The program that the server runs for a transform job.
struct BatchTransform: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: TransformProgram.command,
        abstract: "Run a model on files, according to a specification.",
        shouldDisplay: false
    )

    @Argument var specification: String

    func run() throws {
        // Not exit(): loaded libraries crash when they are torn down while their threads still wait.
        _exit(TransformProgram.run(specification))
    }
}
