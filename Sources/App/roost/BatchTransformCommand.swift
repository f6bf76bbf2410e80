import ArgumentParser
import Foundation
import Jobs

/// What the server runs a transform job in.
struct BatchTransform: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: TransformProgram.command,
        abstract: "Run a model over files, as a specification says.",
        shouldDisplay: false
    )

    @Argument var specification: String

    func run() throws {
        // Libraries that were loaded crash when they are torn down while threads of theirs still wait.
        _exit(TransformProgram.run(specification))
    }
}
