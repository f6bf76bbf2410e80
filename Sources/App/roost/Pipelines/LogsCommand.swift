import ArgumentParser

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Read the inference log of a pipeline, and delete entries.",
        subcommands: [Show.self, Delete.self],
        defaultSubcommand: Show.self
    )
}
