import ArgumentParser

struct AWSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aws",
        abstract: "Point clients of AWS's APIs at a server, and manage its keys and limits.",
        subcommands: [Environment.self, Keys.self, Quotas.self, Operations.self]
    )
}
