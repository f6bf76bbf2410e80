import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a pipeline and its models to a file, for another server.",
        discussion: """
            The file has the definition and the artifacts of exactly the model versions that it names. Functions and custom \
            algorithms are not in it: they must exist on the other server.
            """
    )
    @OptionGroup var options: ClientOptions
    @Option(
        help: "\(PipelineCommand.versionForms) (default: the newest)",
        completion: ServerNames.pipelineVersions
    )
    var version: String?
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String
    @Argument(help: "File to write (a tar archive).", completion: .file()) var file: String

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            let pipeline = try await client.pipeline(pipeline)
            var selected = pipeline.version
            if let version { selected = try await client.pipelineVersion(version, of: pipeline.name) }
            let definition = pipeline.definition(of: selected)
            var versions: [ModelVersion] = []
            for reference in definition.models {
                let version = try await client.version(reference, in: pipeline.workspace)
                guard version.environment == nil, version.codeSHA256 == nil else {
                    throw RoostError(
                        .invalidInput,
                        "Model '\(reference)' was created through the SageMaker API with an environment, and cannot be exported.",
                        field: "pipeline"
                    )
                }
                versions.append(version)
            }
            let models = versions
            try await withTemporaryFolder { folder in
                var paths: [String: String] = [:]
                for version in models where paths[version.sha256] == nil {
                    let path = "\(folder)/\(paths.count)"
                    let bar = ProgressBar("Downloading \(version.model)")
                    try await client.downloadArtifact(
                        of: version.reference,
                        in: pipeline.workspace,
                        to: path,
                        progress: bar.show
                    )
                    guard try InputFile.sha256(of: path) == version.sha256 else {
                        throw RoostError(.internalError, "The artifact of '\(version.reference)' is damaged.")
                    }
                    paths[version.sha256] = path
                }
                try PipelineArchive(path: file).write(definition, models.map(PipelineArchive.ExportedModel.init)) {
                    paths[$0] ?? ""
                }
            }
            if options.json { return try Output.json(definition) }
            print("Exported pipeline \(pipeline.name) with \(Output.count(models.count, "model")) to \(file).")
            for function in definition.functions {
                print("It needs the function \(function), which is not in the file.")
            }
            for algorithm in Set(models.compactMap(\.algorithm)).sorted() {
                print("It needs the algorithm \(algorithm), which is not in the file.")
            }
        }
    }
}

extension PipelineDefinition {
    /// The functions of all steps, in order.
    var functions: [FunctionStep] {
        steps.compactMap { if case .function(let function) = $0 { function } else { nil } }
    }
}
