import ArgumentParser
import Definitions
import RoostClient

struct WorkspaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workspace",
        abstract: "Create, list and delete workspaces.",
        subcommands: [List.self, Create.self, Delete.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the workspaces.")
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await reportingErrors {
                let workspaces = try await options.client.workspaces()
                if options.json { return try Output.json(workspaces) }
                Output.table(
                    ["NAME", "MODELS", "PIPELINES", "CREATED"],
                    workspaces.map {
                        [$0.name, "\($0.models.count)", "\($0.pipelines.count)", Output.time($0.createdAt)]
                    }
                )
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a workspace.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the workspace.") var name: String

        func run() async throws {
            try await reportingErrors {
                let workspace = try await options.client.createWorkspace(name)
                if options.json { return try Output.json(workspace) }
                print("Created workspace \(workspace.name).")
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a workspace.",
            discussion: "With --force, its models and pipelines are deleted too, unless one of them is deployed."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var scope: DeletionOptions
        @Argument(help: "Name of the workspace.", completion: ServerNames.workspaces) var name: String

        func run() async throws {
            try await scope.delete("workspace \(name)", options) { try await $0.deleteWorkspace(name, $1) }
        }
    }
}
