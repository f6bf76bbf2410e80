import Archives
import Definitions
import Foundation
import Platform
import WorkThreads

/// The work of a training job: files in, the program, files out.
struct TrainingRun: Sendable {
    let run: JobRun<TrainingJob>
    let definition: TrainingDefinition

    var service: JobService { run.service }
    private var record: JobRecord<TrainingJob> { run.record }
    var running: RunningJob { run.running }

    func work() async throws -> JobEnding {
        let parent = service.folder(of: .training)
        let staging = try await TrainingStaging(definition, in: parent, platform: service.platform)
        let ending = await Result.catching { try await work(in: staging) }
        await service.remove { try staging.folder.remove() }
        return try ending.get()
    }

    private func work(in staging: TrainingStaging) async throws -> JobEnding {
        let timer = timer()
        defer { timer.cancel() }
        let program = try await service.program(of: definition)
        try await record.enter("Downloading", "Downloading the input data")
        let data = try await staging.download()
        try await record.change { $0.data = data }
        if running.end != nil { return stopped }
        let output = try run.output()
        try await staging.install(program, python: service.executor.python, output)
        try await record.enter("Training", "Training in progress")
        let metrics = try MetricRecorder(reader(for: program), run)
        let checkpoints = try await staging.checkpoints()
        let storing = checkpoints.map { checkpoints in Task { await checkpoints.storeRegularly(by: service.clock) } }
        let result = await Result.catching { try await train(program, staging.folder, metrics, output) }
        storing?.cancel()
        await storing?.value
        do {
            try await checkpoints?.store(isFinal: true)
        } catch let error as UntrustedFileError {
            throw JobError.client("the checkpoints cannot be stored. \(error)")
        }
        let ending = try result.get()
        if running.end == .serverEnds { return ending }
        do {
            try await upload(staging, after: ending, output)
        } catch let error as JobError {
            // The algorithm's own failure is the more useful reason.
            guard case .failed = ending else { throw error }
            output.note("\(error)")
        }
        return ending
    }

    /// The ending of a job that was asked to end.
    var stopped: JobEnding { running.end == .timedOut ? .timedOut : .stopped }

    private func timer() -> Task<Void, Never> {
        Task { [running, clock = service.clock, limit = definition.maxRuntime] in
            guard (try? await clock.sleep(for: .bounded(seconds: limit))) != nil else { return }
            running.end(.timedOut)
        }
    }

    /// Returns a reader for the algorithm's own metrics and those of the definition.
    private func reader(for program: TrainingProgram) throws -> MetricReader {
        guard case .builtIn(let algorithm) = program else { return try MetricReader(definition.metrics) }
        let known = Set(algorithm.metrics)
        return try MetricReader(definition.metrics.filter { !known.contains($0) }, hasBuiltInMetrics: true)
    }

    private func train(
        _ program: TrainingProgram,
        _ folder: JobFolder,
        _ metrics: MetricRecorder,
        _ output: JobOutput
    ) async throws -> JobEnding {
        let outcome = try await metrics.saving {
            try await run.execute(command(for: program, folder), grace: service.configuration.grace) {
                metrics.read($0, output)
            }
        }
        let failure = try await offload { folder.failureText }
        return ending(outcome, lastLine: output.lastLine, failure: failure)
    }

    /// Stores the job's artifact, unless the algorithm failed, and its other output.
    private func upload(_ staging: TrainingStaging, after ending: JobEnding, _ output: JobOutput) async throws {
        let hasModel = try await staging.has(.model)
        let hasOutput = try await staging.has(.output)
        let isFailed = if case .failed = ending { true } else { false }
        let isComplete = ending == .completed()
        guard isComplete || (hasModel && !isFailed) || hasOutput else { return }
        try await record.enter("Uploading", "Uploading the generated model")
        if hasOutput { _ = try await staging.store(.output, output) }
        guard !isFailed, hasModel || isComplete else { return }
        let model = try await staging.store(.model, output)
        try await record.change {
            $0.model = "\(model.uri)"
            $0.modelSHA256 = model.sha256
        }
    }
}
