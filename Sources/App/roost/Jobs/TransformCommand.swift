import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct TransformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Run a model on stored objects.",
        discussion: """
            The definition comes from a file in YAML or JSON, or from options, which override the file. The \
            predictions for each object are stored in an object with the same name and '.out' at the end.
            """
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "File with the definition; - for standard input.", completion: .file()) var file: String?
    @Option(help: "Name of the job. (default: made from the model and the time)") var name: String?
    @Option(
        help: "Model version: NAME (the newest version) or NAME@VERSION.",
        completion: ServerNames.modelVersions
    )
    var model: ModelReference?
    @Option(
        name: .shortAndLong,
        help: "Workspace of the model. (default: \(Workspace.defaultName))",
        completion: ServerNames.workspaces
    )
    var workspace: String?
    @Option(help: "Objects to read: s3://BUCKET/PREFIX, or the path of a local file or folder.") var input: String?
    @Option(help: "Where to store the predictions: s3://BUCKET/PREFIX.") var output: String?
    @Option(help: "Content type of the objects, such as text/csv, application/jsonlines or text/libsvm.")
    var contentType: String?
    @Option(help: "Content type of the predictions. (default: chosen by the model)") var accept: String?
    @Flag(help: "Treat each object as one record, instead of one record per line.") var whole = false
    @Option(help: "Part of a record to send to the model, such as '$[1:]'.") var inputFilter: String?
    @Option(help: "Part of a record to write, such as '$[0,-1]'.") var outputFilter: String?
    @Flag(help: "Write each record together with its prediction.") var join = false

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            var definition = try definition()
            if let input {
                let data = LocalData(client: client, isQuiet: options.json)
                definition.input.uri = try await data.uri(of: input, field: "input")
            }
            let job = try await client.transform(definition)
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let interrupt = options.announce(job, on: client)
            defer { interrupt.cancel() }
            let bar = ProgressBar(job.name)
            let ended = try await client.waitForJob(TransformJob.self, job.name) { job in
                guard !options.json, job.progress.bytes > 0 else { return }
                bar.show(job.progress.bytesDone, of: job.progress.bytes)
            }
            bar.end()
            if options.json {
                try Output.json(ended)
            } else if ended.state.status == .completed {
                let progress = ended.progress
                print(
                    "\(progress.records) records from \(progress.objects) objects, written to "
                        + "\(ended.definition.output)"
                )
            }
            try JobFollower.report(ended)
        }
    }

    private func definition() throws -> TransformDefinition {
        var definition = try DefinitionFile.read(
            TransformDefinition.self,
            file,
            changes: [
                "name": name, "model": model?.description, "workspace": workspace, "input.uri": input,
                "input.content_type": contentType, "output": output, "accept": accept, "input_filter": inputFilter,
                "output_filter": outputFilter,
            ],
            required: ["model", "input.uri", "output"]
        )
        if definition.name.isEmpty { definition.name = Name.madeUp(for: definition.model.name, at: Date()) }
        if whole {
            definition.split = .none
            definition.assemble = .none
        }
        if join { definition.join = .input }
        return definition
    }
}
