import ArgumentParser
import Definitions
import RoostClient

extension PipelineCommand {
    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create or change pipelines from a file, or a pipeline of one model.",
            discussion: """
                The file is JSON, or YAML with one or more documents. With NAME and --model, the model is uploaded and becomes \
                the only step of the pipeline NAME. If the pipeline exists, it must consist of one model, which gets a new \
                version; validations and settings stay.
                """
        )
        @OptionGroup var options: ClientOptions
        @Option(name: .shortAndLong, help: "File with the definitions; - for standard input.", completion: .file())
        var file: String?
        @Option(help: "Model of the pipeline NAME. \(ModelSource.help)", completion: .file()) var model: String?
        @Option(
            name: .shortAndLong,
            help: "Workspace of the pipeline NAME. (default: \(Workspace.defaultName))",
            completion: ServerNames.workspaces
        )
        var workspace: String?
        @Argument(help: "Name of the pipeline, with --model.", completion: ServerNames.pipelines) var name: String?
        @Flag(help: "Also deploy the pipelines, and wait until they run.") var deploy = false

        func validate() throws {
            guard (name == nil) == (model == nil), (name == nil) != (file == nil) else {
                throw ValidationError("Pass a file with --file, or NAME and --model.")
            }
            guard workspace == nil || name != nil else {
                throw ValidationError("In a file, the definitions name their workspaces.")
            }
        }

        func run() async throws {
            try await reportingErrors {
                if let file { return try await apply(DefinitionText.pipelines(in: file)) }
                guard let name, let model else { return }
                let deployment = try await ModelDeployment(of: name, in: workspace, on: options.client)
                guard !deploy else { return try await deployment.deploy(model, options) }
                let (pipeline, _) = try await deployment.apply(model)
                if options.json { return try Output.json(pipeline) }
                print("Pipeline \(pipeline.name) is at version \(pipeline.version.id)")
            }
        }

        private func apply(_ definitions: [PipelineDefinition]) async throws {
            for definition in definitions {
                let pipeline = try await options.client.apply(definition)
                if deploy { _ = try await PipelineCommand.deploy(pipeline.name, version: nil, options) }
                if options.json {
                    try Output.json(pipeline)
                } else {
                    print(
                        "Pipeline \(pipeline.name) is at version \(pipeline.version.id)\(deploy ? ", deployed" : "")"
                    )
                }
            }
        }
    }
}
