import ArgumentParser
import Definitions
import Foundation
import Runtimes

struct RuntimesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtimes",
        abstract: "Install and list what runs models and functions.",
        subcommands: [List.self, Install.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the installed runtimes.")
        @Option(help: "Data folder of the server. (default: ROOST_DATA, or ~/.roost)") var data: String?
        @Flag(help: "Print JSON.") var json = false

        private struct Item: Encodable {
            var name: String
            var version: String
            var path: String
        }

        func run() async throws {
            let search = RuntimeLibrary.SearchPath(dataFolder: data)
            let libraries = RuntimeLibrary.installed(in: search).map {
                Item(name: $0.name.rawValue, version: $0.version, path: $0.path)
            }
            let items =
                libraries
                + LambdaRuntime.installed(in: search).map {
                    Item(name: LambdaRuntime.name, version: "\($0.version) for Python \($0.python)", path: $0.path)
                }
            if json { return try Output.json(items) }
            Output.table(["RUNTIME", "VERSION", "PATH"], items.map { [$0.name, $0.version, $0.path] })
            let names = RuntimeName.allCases.map(\.rawValue) + [LambdaRuntime.name]
            let missing = names.filter { name in !items.contains { $0.name == name } }
            if !missing.isEmpty { print("\nNot installed: roost runtimes install \(missing.joined(separator: " "))") }
        }
    }

    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install runtimes from pinned Python wheels, and verify their checksums.",
            discussion: "Runtimes are installed in the folder ROOST_RUNTIMES, or else in 'runtimes' in the data folder."
        )
        @Option(help: "Data folder of the server. (default: ROOST_DATA, or ~/.roost)") var data: String?
        @Option(help: "Python whose pip downloads the wheels. (default: that of roost's environment, or python3)")
        var python: String?
        @Argument(help: "Runtimes to install: onnx, xgboost or tensorflow for models, lambda for functions in Python.")
        var runtimes: [RuntimeChoice]

        func run() async throws {
            try await reportingErrors {
                let folder = RuntimeLibrary.SearchPath(dataFolder: data).folders[0]
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let installer = RuntimeInstaller(folder: folder, python: python ?? OwnProgram.python())
                for runtime in runtimes {
                    do {
                        switch runtime {
                        case .framework(let framework):
                            let (library, wasInstalled) = try await installer.install(framework) {
                                print("\(framework.rawValue): \($0)")
                            }
                            report(framework.rawValue, library.version, library.path, wasInstalled)
                        case .lambda:
                            let (installed, wasInstalled) = try await installer.installLambda {
                                print("\(LambdaRuntime.name): \($0)")
                            }
                            report(LambdaRuntime.name, installed.version, installed.path, wasInstalled)
                        }
                    } catch let error as RuntimeError {
                        throw RoostError(.unavailable, error.description)
                    }
                }
            }
        }

        private func report(_ name: String, _ version: String, _ path: String, _ wasInstalled: Bool) {
            print("\(name): \(version) \(wasInstalled ? "is already installed" : "installed"), \(path)")
        }
    }
}

/// A runtime to install.
enum RuntimeChoice: ExpressibleByArgument {
    case framework(RuntimeName)
    case lambda

    init?(argument: String) {
        if argument == LambdaRuntime.name {
            self = .lambda
        } else if let framework = RuntimeName(rawValue: argument) {
            self = .framework(framework)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { RuntimeName.allCases.map(\.rawValue) + [LambdaRuntime.name] }
}
