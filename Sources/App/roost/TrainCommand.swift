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
            let interrupt = options.announce(job)
            defer { interrupt.cancel() }
            let follower = JobFollower(client: client, isQuiet: options.json)
            let ended = try await follower.follow(TrainingJob.self, job.name)
            if options.json {
                try Output.json(ended)
            } else if let model = ended.model {
                for metric in ended.metrics { print("\(metric.name) = \(metric.value)") }
                print("Model: \(model)")
            }
            try JobFollower.report(ended, after: follower.lastLine)
        }
    }

    private func definition() throws -> TrainingDefinition {
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
        for channel in channels {
            definition.channels.removeAll { $0.name == channel.name }
            definition.channels.append(
                DataChannel(name: channel.name, uri: channel.value, contentType: contentType)
            )
        }
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
            var definition = try DefinitionFile.read(
                TuningDefinition.self,
                file,
                changes: ["name": name, "max_trials": maxTrials.map(String.init)]
            )
            // What the file says of trials at once was said of more trials.
            if let maxTrials { definition.maxParallelTrials = min(definition.maxParallelTrials, max(1, maxTrials)) }
            let job = try await client.tune(definition)
            if start.detach { return options.json ? try Output.json(job) : print(job.name) }
            let interrupt = options.announce(job)
            defer { interrupt.cancel() }
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
