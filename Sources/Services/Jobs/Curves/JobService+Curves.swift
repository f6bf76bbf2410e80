import Catalog
package import Definitions
import Foundation
import Platform

extension JobService {
    /// Checks and records a learning curve, and starts its training jobs.
    ///
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    package func drawCurve(_ definition: LearningCurveDefinition) async throws -> LearningCurve {
        try definition.check()
        try await checkIsFree(LearningCurve.self, definition.name)
        var definition = definition
        if let name = definition.job {
            guard let job = try await catalog.job(TrainingJob.self, named: name)?.job else {
                throw JobRejection.missing(.training, name)
            }
            // The record has all that a later start needs.
            definition.training = job.definition
        }
        try await check(definition)
        let curve = LearningCurve(definition: definition, state: JobState(createdAt: now()))
        try await add(curve, request: nil)
        run(curve)
        return curve
    }

    /// Stops the running training jobs, and then the curve.
    package func stopCurve(_ name: String) async throws { try await stop(LearningCurve.self, name) }

    /// Resumes unfinished curves. Their training jobs have been resumed before.
    func restoreCurves() async throws {
        for name in unfinished(.learningCurve) {
            guard var curve = try await unfinishedJob(LearningCurve.self, name) else { continue }
            if curve.state.status == .inProgress {
                curve.state.enter(
                    "Interrupted",
                    "The server stopped while the curve was drawn; it is continued",
                    at: now()
                )
                try await catalog.saveJob(curve)
            }
            run(curve)
        }
    }

    private func run(_ curve: LearningCurve) {
        let isStopping = curve.state.status == .stopping
        start(curve, JobBeginning(takesTurn: false, phase: "Sampling", message: "Sampling the training data")) { run in
            if isStopping { run.running.end(.stopped) }
            return try await CurveRun(run: run, definition: curve.definition).work()
        }
    }

    // MARK: Checks

    private func check(_ definition: LearningCurveDefinition) async throws {
        guard let training = definition.training else { return }
        let field = definition.job == nil ? "training" : "job"
        guard let channel = training.channels.first(where: { $0.name == LearningCurveDefinition.trainChannel }) else {
            throw RoostError(
                .invalidInput,
                "The training job has no channel '\(LearningCurveDefinition.trainChannel)'.",
                field: "\(field).channels"
            )
        }
        guard !channel.isCompressed else {
            throw RoostError(
                .invalidInput,
                "The data of channel '\(channel.name)' is compressed. A learning curve needs lines of text.",
                field: "\(field).channels"
            )
        }
        guard CurveSamples.hasLines(channel, of: training) else {
            throw RoostError(
                .invalidInput,
                "A learning curve needs lines of text, such as 'text/csv' or 'text/libsvm', in channel '\(channel.name)', not "
                    + "\(channel.contentType.map { "'\($0.prefix(80))'" } ?? "the algorithm's default").",
                field: "\(field).channels"
            )
        }
        if let metric = definition.metric, definition.direction == nil, CurveMetric.direction(of: metric) == nil {
            throw RoostError(
                .invalidInput,
                "Say with 'direction' whether '\(metric.prefix(80))' is to be minimized or maximized.",
                field: "direction"
            )
        }
        do {
            // Under the name of its last job, which it will have.
            try await check(definition.jobDefinition(percent: 100, sample: 1, samples: nil))
        } catch let error as RoostError {
            throw RoostError(error.code, error.message, field: error.field.map { "\(field).\($0)" } ?? field)
        }
    }
}

extension LearningCurveDefinition {
    static let trainChannel = "train"

    /// The channel with the data that the metric is from.
    var heldOutChannel: String {
        let names = training?.channels.map(\.name) ?? []
        if let given = ["validation", "test"].first(where: names.contains) { return given }
        switch AlgorithmName(training?.algorithm ?? "").builtIn {
        case .kmeans, .factorizationMachines: return "test"
        case .xgboost, .linearLearner, nil: return "validation"
        }
    }

    /// Whether the job has no data for that, so that some of the training data is held out.
    var holdsOut: Bool { training?.channels.contains { $0.name == heldOutChannel } != true }

    /// The name of a training job. All data is sampled once.
    func jobName(percent: Int, sample: Int) -> String {
        percent == 100 ? "\(name)-100" : "\(name)-\(percent)-\(sample)"
    }

    /// How many jobs there are with this part of the data.
    func sampleCount(percent: Int) -> Int { percent == 100 ? 1 : repeats }

    /// The definition of a training job.
    ///
    /// - Parameter samples: Where the samples are; `nil` for the original data.
    func jobDefinition(percent: Int, sample: Int, samples: ObjectURI?) throws -> TrainingDefinition {
        guard var job = training else { throw JobError.client("the learning curve has no training job.") }
        job.name = jobName(percent: percent, sample: sample)
        // A job with other data must not continue from them.
        job.checkpoints = nil
        guard let samples else { return job }
        for index in job.channels.indices where job.channels[index].name == Self.trainChannel {
            job.channels[index].uri = "\(CurveSamples.uri(samples, percent: percent, sample: sample))"
            job.channels[index].selection = .prefix
        }
        if holdsOut {
            var channel = job.channels.first { $0.name == Self.trainChannel }
            channel?.name = heldOutChannel
            channel?.uri = "\(CurveSamples.heldOutURI(samples))"
            if let channel { job.channels.append(channel) }
        }
        return job
    }
}
