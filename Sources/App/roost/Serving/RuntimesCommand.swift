import ArgumentParser
import Definitions
import Foundation
import Runtimes

struct RuntimesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtimes",
        abstract: "Install and list the native libraries that run models.",
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
            let items = RuntimeLibrary.installed(in: .init(dataFolder: data)).map {
                Item(name: $0.name.rawValue, version: $0.version, path: $0.path)
            }
            if json { return try Output.json(items) }
            Output.table(["RUNTIME", "VERSION", "PATH"], items.map { [$0.name, $0.version, $0.path] })
            let missing = RuntimeName.allCases.filter { framework in !items.contains { $0.name == framework.rawValue } }
            if !missing.isEmpty {
                print("\nNot installed: roost runtimes install \(missing.map(\.rawValue).joined(separator: " "))")
            }
        }
    }

    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install runtimes from pinned Python wheels, and verify their checksums.",
            discussion: "Runtimes are installed in the folder ROOST_RUNTIMES, or else in 'runtimes' in the data folder."
        )
        @Option(help: "Data folder of the server. (default: ROOST_DATA, or ~/.roost)") var data: String?
        @Option(help: "Python whose pip downloads the wheels.") var python = "python3"
        @Argument(help: "Runtimes to install: onnx, xgboost or tensorflow.") var frameworks: [RuntimeName]

        func run() async throws {
            try await reportingErrors {
                let folder = RuntimeLibrary.SearchPath(dataFolder: data).folders[0]
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let installer = RuntimeInstaller(folder: folder, python: python)
                for framework in frameworks {
                    do {
                        let (library, wasInstalled) = try await installer.install(framework) {
                            print("\(framework.rawValue): \($0)")
                        }
                        print(
                            "\(framework.rawValue): \(library.version) \(wasInstalled ? "is already installed" : "installed"), "
                                + "\(library.path)"
                        )
                    } catch let error as RuntimeError {
                        throw RoostError(.unavailable, error.description)
                    }
                }
            }
        }
    }
}

extension RuntimeName: ExpressibleByArgument {}
