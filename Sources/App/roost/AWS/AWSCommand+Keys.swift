import Access
import ArgumentParser
import Foundation
import Runtimes
import ServerApp

extension AWSCommand {
    struct Keys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keys",
            abstract: "Create, list and revoke access keys, which sign requests to AWS's APIs.",
            discussion: """
                A server that runs with --verify-signatures accepts no other keys. The command works on the data \
                folder, whether or not a server is running. A running server notices the change within a second.
                """,
            subcommands: [List.self, Make.self, Revoke.self],
            defaultSubcommand: List.self
        )
    }
}

/// The data folder of a server on this machine.
struct DataFolderOption: ParsableArguments {
    @Option(help: "Data folder of the server. (default: ROOST_DATA, or ~/.roost)") var data: String?

    var path: String { URL(filePath: data ?? RuntimeLibrary.SearchPath.userFolder()).absoluteURL.path }
}

extension AWSCommand.Keys {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the access keys, without their secrets.")
        @OptionGroup var folder: DataFolderOption
        @Flag(help: "Print JSON.") var json = false

        private struct Item: Encodable {
            var id: String
            var createdAt: Date

            enum CodingKeys: String, CodingKey {
                case id
                case createdAt = "created_at"
            }
        }

        func run() async throws {
            try await reportingErrors {
                let keys = try await AccessKeyStore(dataFolder: folder.path).all()
                if json { return try Output.json(keys.map { Item(id: $0.id, createdAt: $0.createdAt) }) }
                Output.table(["KEY", "CREATED"], keys.map { [$0.id, Output.time($0.createdAt)] })
            }
        }
    }

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an access key, and print shell commands that set it. The secret is only shown once."
        )
        @OptionGroup var folder: DataFolderOption
        @Option(help: "Shell to print for; sh is also for bash and zsh.") var shell = ShellSyntax.sh

        func run() async throws {
            try await reportingErrors {
                let key = try await AccessKeyStore(dataFolder: folder.path).make()
                print(shell.set("AWS_ACCESS_KEY_ID", key.id))
                print(shell.set("AWS_SECRET_ACCESS_KEY", key.secret ?? ""))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an access key. Requests signed with it are no longer accepted."
        )
        @OptionGroup var folder: DataFolderOption
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "Id of the key.") var id: String

        func run() async throws {
            try await reportingErrors {
                try confirmation.confirm("Revoke key \(id)?")
                try await AccessKeyStore(dataFolder: folder.path).revoke(id)
                print("Revoked key \(id).")
            }
        }
    }
}
