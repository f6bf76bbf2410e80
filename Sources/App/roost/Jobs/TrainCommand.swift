import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model, and follow the job's output.",
        discussion: """
            The definition comes from a file in YAML or JSON, or from options, which override the file. If you \
            interrupt the command, the job continues; follow it with 'roost job logs --follow'.
            """
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "File with the definition; - for standard input.", completion: .file()) var file: String?
    @Option(help: "Name of the job. (default: made from the algorithm and the time)") var name: String?
    @Option(help: "Algorithm: xgboost, linear-learner, kmeans, factorization-machines, or a custom algorithm.")
    var algorithm: String?
    @Option(name: .customLong("set"), help: "Set a hyperparameter: NAME=VALUE. Can be repeated.")
    var hyperparameters: [Assignment] = []
    @OptionGroup var training: TrainingOptions
    @Option(help: "Where to store the artifact: s3://BUCKET/PREFIX.") var output: String?
    @Option(help: "Seconds the job may run.") var maxRuntime: Int?

    func validate() throws { try training.check(start) }

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            var definition = try definition()
            let deployment = try await training.deployment(on: client)
            try await training.copyData(of: &definition, LocalData(client: client, isQuiet: options.json))
            let job = try await client.train(definition)
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let interrupt = options.announce(job, on: client, next: training.command(for: job))
            defer { interrupt.cancel() }
            let follower = JobFollower(client: client, isQuiet: options.json)
            let ended = try await follower.follow(TrainingJob.self, job.name)
            if options.json {
                if deployment == nil || ended.state.status != .completed { try Output.json(ended) }
            } else if let model = ended.model {
                for metric in ended.metrics { print("\(metric.name) = \(metric.value)") }
                print("Model: \(model)")
            }
            try JobFollower.report(ended, after: follower.lastLine)
            try await deployment?.deploy(ended.model ?? "job:\(ended.name)", options)
        }
    }

    func definition() throws -> TrainingDefinition {
        var definition = try DefinitionFile.read(
            TrainingDefinition.self,
            file,
            changes: [
                "name": name, "algorithm": algorithm, "output": output, "max_runtime": maxRuntime.map(String.init),
            ],
            required: ["algorithm", "output"]
        )
        if definition.name.isEmpty {
            definition.name = Name.madeUp(for: AlgorithmName(definition.algorithm).repository, at: Date())
        }
        definition.hyperparameters.merge(hyperparameters.dictionary) { _, given in given }
        training.addChannels(to: &definition)
        return definition
    }
}

struct TuneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Search for good hyperparameters, and watch the trials.",
        discussion: "If you interrupt the command, the job continues; look at it with 'roost job show'."
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "File with the definition in YAML or JSON; - for standard input.", completion: .file())
    var file: String
    @Option(help: "Name of the job. Overrides the file.") var name: String?
    @Option(help: "Total number of trials. Overrides the file.") var maxTrials: Int?
    @OptionGroup var training: TrainingOptions

    func validate() throws { try training.check(start) }

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            var definition = try DefinitionFile.read(
                TuningDefinition.self,
                file,
                changes: ["name": name, "max_trials": maxTrials.map(String.init)]
            )
            // The file's limit of parallel trials may exceed the new number of trials.
            if let maxTrials { definition.maxParallelTrials = min(definition.maxParallelTrials, max(1, maxTrials)) }
            let deployment = try await training.deployment(on: client)
            training.addChannels(to: &definition.training)
            let data = LocalData(client: client, isQuiet: options.json)
            try await training.copyData(of: &definition.training, data)
            let job = try await client.tune(definition)
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let interrupt = options.announce(job, on: client, next: training.command(for: job))
            defer { interrupt.cancel() }
            let table = TrialTable(client: client, isQuiet: options.json)
            let ended = try await client.waitForJob(TuningJob.self, job.name) { try await table.show($0) }
            if options.json {
                if deployment == nil || ended.state.status != .completed { try Output.json(ended) }
            } else if let best = ended.best {
                print("Best: \(best)" + (ended.bestValue.map { ", \(definition.objective.metric) = \($0)" } ?? ""))
            }
            try JobFollower.report(ended)
            try await deployment?.deploy("job:\(ended.best ?? ended.name)", options)
        }
    }
}
