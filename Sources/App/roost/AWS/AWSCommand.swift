import ArgumentParser

struct AWSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aws",
        abstract: "Set up AWS clients for a server, and manage its access keys and quotas.",
        subcommands: [Environment.self, Keys.self, Quotas.self, Operations.self]
    )
}
