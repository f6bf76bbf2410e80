import ArgumentParser

struct AWSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aws",
        abstract: "Point clients of AWS's APIs at a server.",
        subcommands: [Environment.self]
    )
}
