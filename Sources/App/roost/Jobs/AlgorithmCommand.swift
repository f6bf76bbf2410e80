import Archives
import ArgumentParser
import Definitions
import Foundation
import RoostClient

struct AlgorithmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "algorithm",
        abstract: "Add, list and remove custom algorithms.",
        subcommands: [List.self, Add.self, Remove.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the custom algorithms.")
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await reportingErrors {
                let algorithms = try await options.client.algorithms()
                if options.json { return try Output.json(algorithms) }
                Output.table(
                    ["NAME", "TRAINS", "SERVES", "SIZE", "ADDED"],
                    algorithms.map {
                        [
                            $0.name, $0.trains ? "yes" : "no", $0.serves ? "yes" : "no", Output.size($0.byteCount),
                            Output.time($0.createdAt),
                        ]
                    }
                )
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a custom algorithm, or replace the one with this name.",
            discussion: """
                The folder must have a program 'train', a program 'serve', or both, like a SageMaker container. \
                Training jobs and models name the algorithm as their image: NAME, or REGISTRY/NAME:TAG.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the algorithm.", completion: ServerNames.algorithms) var name: String
        @Argument(help: "Folder of the algorithm, or a zip or tar archive of it.", completion: .file()) var path: String

        func run() async throws {
            try await reportingErrors {
                guard LocalFiles.isFolder(path) else { return try await add(path) }
                let archive = NSTemporaryDirectory() + "/roost-\(UUID().uuidString).tar.gz"
                defer { try? FileManager.default.removeItem(atPath: archive) }
                do {
                    // The path may be a symbolic link to the folder; links inside it are not followed.
                    let folder = URL(filePath: path).resolvingSymlinksInPath().path
                    for name in try TarGzip.pack(UntrustedFolder(folder), to: archive) {
                        Output.note("'\(name)' is not a regular file. Skipping it.")
                    }
                } catch {
                    throw RoostError(.invalidInput, "\(error)", field: "path")
                }
                try await add(archive)
            }
        }

        private func add(_ archive: String) async throws {
            let bar = ProgressBar("Adding \(name)")
            let algorithm = try await options.client.addAlgorithm(name, path: archive, progress: bar.show)
            if options.json { return try Output.json(algorithm) }
            let does = [algorithm.trains ? "trains" : nil, algorithm.serves ? "serves" : nil].compactMap { $0 }
            print("\(algorithm.name) (\(does.joined(separator: ", ")), \(Output.size(algorithm.byteCount)))")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a custom algorithm.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "Name of the algorithm.", completion: ServerNames.algorithms) var name: String

        func run() async throws {
            try await reportingErrors {
                try confirmation.confirm("Remove algorithm \(name)?")
                let algorithm = try await options.client.removeAlgorithm(name)
                if options.json { return try Output.json(algorithm) }
                print("Removed algorithm \(algorithm.name).")
            }
        }
    }
}
