import ArgumentParser
import Foundation
import Runtimes
import SageMaker
import ServerApp

extension AWSCommand {
    struct Keys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keys",
            abstract: "Make, list and revoke the keys that requests to AWS's APIs are signed with.",
            discussion: """
                A server that runs with --verify-signatures takes no others. The command works on the data folder, whether or \
                not a server runs on it; a running one takes notice within a second.
                """,
            subcommands: [List.self, Make.self, Revoke.self],
            defaultSubcommand: List.self
        )
    }
}

/// The data folder of a server on this machine.
struct DataFolder: ParsableArguments {
    @Option(help: "The server's data folder. Default: ROOST_DATA, else ~/.roost.") var data: String?

    var path: String { URL(filePath: data ?? RuntimeLibrary.SearchPath.userFolder()).absoluteURL.path }
}

extension AWSCommand.Keys {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys; their secrets are not shown again.")
        @OptionGroup var folder: DataFolder
        @Flag(help: "Print JSON, for programs.") var json = false

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
            abstract: "Make a key, and print what a shell needs to use it. Its secret is shown this once."
        )
        @OptionGroup var folder: DataFolder
        @Option(help: "The shell: sh (also bash and zsh) or fish.") var shell = ShellSyntax.sh

        func run() async throws {
            try await reportingErrors {
                let key = try await AccessKeyStore(dataFolder: folder.path).make()
                print(shell.set("AWS_ACCESS_KEY_ID", key.id))
                print(shell.set("AWS_SECRET_ACCESS_KEY", key.secret ?? ""))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key: what it signs is not taken any more.")
        @OptionGroup var folder: DataFolder
        @Argument(help: "The key's id.") var id: String

        func run() async throws {
            try await reportingErrors {
                try await AccessKeyStore(dataFolder: folder.path).revoke(id)
                print("Key \(id) is revoked.")
            }
        }
    }
}
