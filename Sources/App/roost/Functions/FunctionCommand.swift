import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct FunctionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "function",
        abstract: "Create, invoke, inspect and delete functions.",
        subcommands: [List.self, Show.self, Create.self, Invoke.self, Logs.self, Delete.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the functions.")
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await reportingErrors {
                let functions = try await options.client.functions()
                if options.json { return try Output.json(functions) }
                Output.table(
                    ["NAME", "RUNTIME", "HANDLER", "TIMEOUT", "MEMORY", "CODE", "CHANGED"],
                    functions.map {
                        [
                            $0.name, $0.runtime, $0.handler, "\($0.timeoutSeconds) s", "\($0.memoryMegabytes) MB",
                            Output.size($0.code.byteCount), Output.time($0.modifiedAt),
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a function's configuration, versions, aliases, URLs and accepted events."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the function.", completion: ServerNames.functions) var name: String

        func run() async throws {
            try await reportingErrors {
                let function = try await options.client.function(name)
                if options.json { return try Output.json(function) }
                print("\(function.name): \(function.runtime), \(function.handler)")
                if !function.description.isEmpty { print(function.description) }
                Output.table(["SETTING", "VALUE"], Self.settings(of: function))
                if !function.versions.isEmpty {
                    Output.table(
                        ["VERSION", "CODE", "PUBLISHED", "DESCRIPTION"],
                        function.versions.map {
                            [
                                $0.version, Output.size($0.code.byteCount), Output.time($0.publishedAt),
                                $0.description,
                            ]
                        }
                    )
                }
                for alias in function.aliases {
                    let shares = alias.shares.sorted { $0.key < $1.key }.map { ", \($0.value) of \($0.key)" }
                    print("Alias \(alias.name): version \(alias.version)\(shares.joined())")
                }
                for url in function.urls { print("URL \(url.id): \(url.authType)\(url.alias.map { ", \($0)" } ?? "")") }
                let events = try await options.client.functionEvents(name)
                guard !events.isEmpty else { return }
                Output.table(
                    ["EVENT", "STATE", "ACCEPTED", "REASON"],
                    events.map { [$0.id, $0.state, Output.time($0.acceptedAt), $0.reason ?? ""] },
                    ids: [0]
                )
            }
        }

        static func settings(of function: FunctionDescription) -> [[String]] {
            let layers = function.layers.map { "\($0.name) \($0.version)" }
            return [
                ["timeout", "\(function.timeoutSeconds) s"], ["memory", "\(function.memoryMegabytes) MB"],
                ["temporary files", "\(function.storageMegabytes) MB"],
                ["concurrency", function.concurrency.map(String.init) ?? "default"],
                ["code", "\(Output.size(function.code.byteCount)), SHA-256 \(function.code.sha256)"],
                ["changed", Output.time(function.modifiedAt)],
            ] + (layers.isEmpty ? [] : [["layers", layers.joined(separator: ", ")]])
                + function.environment.sorted { $0.key < $1.key }.map { ["environment", "\($0.key)=\($0.value)"] }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a function with all its versions. Its log stays."
        )
        @OptionGroup var options: ClientOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "Name of the function.", completion: ServerNames.functions) var name: String

        func run() async throws {
            try await reportingErrors {
                try confirmation.confirm("Delete function \(name)?")
                let function = try await options.client.deleteFunction(name)
                if options.json { return try Output.json(function) }
                print("Deleted function \(function.name).")
            }
        }
    }
}
