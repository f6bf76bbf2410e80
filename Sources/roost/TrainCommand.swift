import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model, and follow what the job writes.",
        discussion: """
            The definition comes from a file in YAML or JSON, or from options; options change what the file says. The job goes on \
            when the command is interrupted: 'roost job' looks at it again.
            """
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "The definition's file; - for standard input.", completion: .file()) var file: String?
    @Option(help: "The job's name. Default: made up of the algorithm and the time.") var name: String?
    @Option(help: "The algorithm: xgboost, linear-learner, kmeans, factorization-machines, or one that was added.")
    var algorithm: String?
    @Option(name: .customLong("set"), help: "A hyperparameter, NAME=VALUE; may be repeated.")
    var hyperparameters: [Assignment] = []
    @Option(name: .customLong("channel"), help: "Data, CHANNEL=s3://BUCKET/PREFIX; may be repeated.")
    var channels: [Assignment] = []
    @Option(help: "The content type of the data that the options name, like text/csv.") var contentType: String?
    @Option(help: "Where the artifact goes: s3://BUCKET/PREFIX.") var output: String?
    @Option(help: "Seconds that the job may run.") var maxRuntime: Int?

    func run() async throws {
        try await reportingErrors {
            let client = options.client
            let job = try await client.train(definition())
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let ended = try await JobFollower(client: client, isQuiet: options.json).follow(TrainingJob.self, job.name)
            if options.json {
                try Output.json(ended)
            } else if let model = ended.model {
                for metric in ended.metrics { print("\(metric.name) = \(metric.value)") }
                print("Model: \(model)")
            }
            try JobFollower.report(ended)
        }
    }

    private func definition() throws -> TrainingDefinition {
        var definition: TrainingDefinition
        if let file {
            definition = try DefinitionFile.read(TrainingDefinition.self, file)
            if let name { definition.name = name }
            if let algorithm { definition.algorithm = algorithm }
            if let output { definition.output = output }
        } else {
            let algorithm = try required(algorithm, "algorithm")
            definition = TrainingDefinition(
                name: name ?? madeUpJobName(AlgorithmName(algorithm).repository),
                algorithm: algorithm,
                output: try required(output, "output")
            )
        }
        definition.hyperparameters.merge(hyperparameters.dictionary) { _, given in given }
        for channel in channels {
            definition.channels.removeAll { $0.name == channel.name }
            definition.channels.append(
                DataChannel(name: channel.name, uri: channel.value, contentType: contentType)
            )
        }
        if let maxRuntime { definition.maxRuntime = maxRuntime }
        return definition
    }
}

struct TuneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Search good hyperparameters, and watch the trials.",
        discussion: "The job goes on when the command is interrupted: 'roost job' looks at it again."
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "The definition's file in YAML or JSON; - for standard input.", completion: .file())
    var file: String
    @Option(help: "The job's name, in place of the file's.") var name: String?
    @Option(help: "Trials in all, in place of the file's number.") var maxTrials: Int?

    func run() async throws {
        try await reportingErrors {
            let client = options.client
            var definition = try DefinitionFile.read(TuningDefinition.self, file)
            if let name { definition.name = name }
            if let maxTrials { definition.maxTrials = maxTrials }
            let job = try await client.tune(definition)
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let table = TrialTable(client: client, isQuiet: options.json)
            let ended = try await client.waitForJob(TuningJob.self, job.name) { try await table.show($0) }
            if options.json {
                try Output.json(ended)
            } else if let best = ended.best {
                print("Best: \(best)" + (ended.bestValue.map { ", \(definition.objective.metric) = \($0)" } ?? ""))
            }
            try JobFollower.report(ended)
        }
    }
}

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
    @OptionGroup var workspace: WorkspaceOption
    @Argument(help: "The definition's file; - for standard input.", completion: .file()) var file: String?
    @Option(help: "The job's name. Default: made up of the model and the time.") var name: String?
    @Option(help: "The model.") var model: String?
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
            let bar = ProgressBar(job.name)
            let ended = try await client.waitForJob(TransformJob.self, job.name) { job in
                guard !options.json, job.progress.bytes > 0 else { return }
                bar.show(job.progress.bytesDone, of: job.progress.bytes)
            }
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
        var definition: TransformDefinition
        if let file {
            definition = try DefinitionFile.read(TransformDefinition.self, file)
            if let name { definition.name = name }
            if let model { definition.model = model }
            if let input { definition.input.uri = input }
            if let output { definition.output = output }
            if let contentType { definition.input.contentType = contentType }
        } else {
            let model = try required(model, "model")
            definition = TransformDefinition(
                name: name ?? madeUpJobName(model),
                model: model,
                workspace: workspace.workspace,
                input: DataChannel(name: "input", uri: try required(input, "input"), contentType: contentType),
                output: try required(output, "output")
            )
            let isRecordIO = contentType?.hasPrefix("application/x-recordio-protobuf") ?? false
            definition.split = whole ? .none : isRecordIO ? .recordIO : .line
            definition.assemble = whole ? .none : .line
        }
        if let accept { definition.accept = accept }
        if let inputFilter { definition.inputFilter = inputFilter }
        if let outputFilter { definition.outputFilter = outputFilter }
        if join { definition.join = .input }
        return definition
    }
}
