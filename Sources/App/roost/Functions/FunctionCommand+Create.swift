import Archives
public import ArgumentParser
import Definitions
import Foundation
public import NativeAPI
import RoostClient

extension FunctionCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a function, or change the one with this name.",
            discussion: """
                The code is a Python file, which becomes function.py, or a folder or a zip archive with function.py and what \
                it imports. Of an existing function, what is not given stays as it is, also the code.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the function.", completion: ServerNames.functions) var name: String
        @Argument(help: "Python file, folder, or zip archive with the code.", completion: .file()) var path: String?
        @Option(help: "What handles events: MODULE.FUNCTION. (default: function.handler)") var handler: String?
        @Option(help: "Runtime: python3.10 to python3.14, or provided.al2023. (default: python3.14)")
        var runtime: String?
        @Option(help: "Seconds that an invocation may take. (default: 3)") var timeout: Int?
        @Option(help: "Megabytes of memory of a process. (default: 128)") var memory: Int?
        @Option(help: "Megabytes of temporary files of a process. (default: 512)") var storage: Int?
        @Option(
            name: .customLong("env"),
            help: "Set an environment variable: NAME=VALUE. Can be repeated. Variables that are not given are removed."
        )
        var environment: [Assignment] = []
        @Option(help: "Description of the function.") var description: String?
        @Option(help: "The most events at once, beyond which they are refused, or 'default'.")
        var concurrency: FunctionDefinition.Concurrency?

        func run() async throws {
            try await reportingErrors {
                let (function, isNew) = try await options.client.putFunction(name, definition())
                if options.json { return try Output.json(function) }
                print(
                    "\(isNew ? "Created" : "Changed") function \(function.name) (\(Output.size(function.code.byteCount)))."
                )
            }
        }

        func definition() throws -> FunctionDefinition {
            var definition = FunctionDefinition()
            definition.runtime = runtime
            definition.handler = handler
            definition.timeoutSeconds = timeout
            definition.memoryMegabytes = memory
            definition.storageMegabytes = storage
            definition.description = description
            if !environment.isEmpty { definition.environment = environment.dictionary }
            definition.concurrency = concurrency
            if let path { try Self.read(path, into: &definition) }
            return definition
        }

        private static func read(_ path: String, into definition: inout FunctionDefinition) throws {
            guard FileManager.default.fileExists(atPath: path) else {
                throw RoostError(.notFound, "There is no file or folder '\(path)'.", field: "path")
            }
            if LocalFiles.isFolder(path) {
                definition.code = try pack(path)
                return
            }
            guard let contents = FileManager.default.contents(atPath: path) else {
                throw RoostError(.notFound, "'\(path)' cannot be read.", field: "path")
            }
            if path.lowercased().hasSuffix(".py") {
                guard let source = String(validating: contents, as: UTF8.self) else {
                    throw RoostError(.invalidInput, "'\(path)' is not valid UTF-8.", field: "path")
                }
                definition.source = source
            } else {
                definition.code = contents
            }
        }

        /// Returns a zip archive of a folder.
        private static func pack(_ path: String) throws -> Data {
            let archive = NSTemporaryDirectory() + "/roost-\(UUID().uuidString).zip"
            defer { try? FileManager.default.removeItem(atPath: archive) }
            do {
                // The path may be a symbolic link to the folder; links inside it are refused.
                try ZipArchive.pack(UntrustedFolder(URL(filePath: path).resolvingSymlinksInPath().path), to: archive)
                return try Data(contentsOf: URL(filePath: archive))
            } catch {
                throw RoostError(.invalidInput, "\(error)", field: "path")
            }
        }
    }
}

/// A number, or `default`.
extension FunctionDefinition.Concurrency: ExpressibleByArgument {
    /// Parses a number, or `default`.
    public init?(argument: String) {
        if argument == "default" {
            self = .standard
        } else if let number = Int(argument) {
            self = .reserved(number)
        } else {
            return nil
        }
    }
}
