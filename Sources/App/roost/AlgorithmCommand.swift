import Archives
import ArgumentParser
import Definitions
import Foundation
import RoostClient

struct AlgorithmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "algorithm",
        abstract: "Add algorithms of your own, list and remove them.",
        subcommands: [List.self, Add.self, Remove.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the algorithms that were added.")
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
            abstract: "Add an algorithm, or replace the one of that name.",
            discussion: """
                The folder has a program 'train', a program 'serve', or both, as a SageMaker container has. Training jobs and \
                models name it as their image: NAME, or REGISTRY/NAME:TAG.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Its name.") var name: String
        @Argument(help: "The folder, or a zip or tar archive of it.", completion: .file()) var path: String

        func run() async throws {
            try await reportingErrors {
                var isFolder: ObjCBool = false
                let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                guard isThere, isFolder.boolValue else { return try await add(path) }
                let archive = NSTemporaryDirectory() + "/roost-\(UUID().uuidString).tar.gz"
                defer { try? FileManager.default.removeItem(atPath: archive) }
                do {
                    // The folder may be named by a link; what is in it is packed as it is.
                    let folder = URL(filePath: path).resolvingSymlinksInPath().path
                    for name in try TarGzip.pack(UntrustedFolder(folder), to: archive) {
                        Output.note("'\(name)' is no regular file; it is left out.")
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
        static let configuration = CommandConfiguration(abstract: "Remove an algorithm.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Its name.") var name: String

        func run() async throws {
            try await reportingErrors {
                let algorithm = try await options.client.removeAlgorithm(name)
                if options.json { return try Output.json(algorithm) }
                print("\(algorithm.name) removed")
            }
        }
    }
}
