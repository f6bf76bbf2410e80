import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct TransformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Run a model over stored objects.",
        discussion: """
            The definition comes from a file in YAML or JSON, or from options; options change what the file says. Each object \
            gets its predictions in an object that is named as it is, with '.out' at the end.
            """
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "The definition's file; - for standard input.", completion: .file()) var file: String?
    @Option(help: "The job's name. Default: made up of the model and the time.") var name: String?
    @Option(help: "The model: NAME (its newest version) or NAME@VERSION.") var model: ModelReference?
    @Option(name: .shortAndLong, help: "The model's workspace. Default: \(Workspace.defaultName).")
    var workspace: String?
    @Option(help: "The objects: s3://BUCKET/PREFIX.") var input: String?
    @Option(help: "Where the predictions go: s3://BUCKET/PREFIX.") var output: String?
    @Option(help: "What the objects are: text/csv, application/jsonlines, text/libsvm …") var contentType: String?
    @Option(help: "What the predictions are to be. Default: what the model answers by itself.") var accept: String?
    @Flag(help: "An object is one record, not one a line.") var whole = false
    @Option(help: "The part of a record that the model gets, like '$[1:]'.") var inputFilter: String?
    @Option(help: "The part of a record that is written, like '$[0,-1]'.") var outputFilter: String?
    @Flag(help: "Write each record with its prediction.") var join = false

    func run() async throws {
        try await reportingErrors {
            let client = options.client
            let job = try await client.transform(definition())
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let interrupt = options.announce(job)
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
                print("\(progress.records) records of \(progress.objects) objects, under \(ended.definition.output)")
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
