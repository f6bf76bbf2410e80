import Archives
import Definitions
import Foundation
import LineLogs
import Logging
import Platform
import Processes
import Programs
import Synchronization
import WorkThreads

/// One run of a training job, from its turn in the queue to its end.
struct TrainingRun: Sendable {
    let run: JobRun<TrainingJob>
    let definition: TrainingDefinition

    var service: JobService { run.service }
    var record: JobRecord<TrainingJob> { run.record }
    var platform: Platform { service.platform }
    private var running: RunningJob { run.running }

    func work() async throws -> JobEnding {
        let parent = service.folder(of: .training)
        let folder = try await offload { try JobFolder(in: parent) }
        let ending = await Result.catching { try await work(in: folder) }
        await service.remove { try folder.remove() }
        return try ending.get()
    }

    private func work(in folder: JobFolder) async throws -> JobEnding {
        let clock = timer()
        defer { clock.cancel() }
        let program = try await service.program(of: definition)
        try await record.enter("Downloading", "Downloading the input data")
        try await download(to: folder)
        if running.end != nil { return stopped }
        let log = try service.logs.writer(of: .training, definition.name)
        let command = try await command(for: program, folder: folder, log: log)
        try await record.enter("Training", "Training in progress")
        let reader = try reader(for: program)
        let checkpoints = try await checkpointSync(folder)
        let syncing = Task {
            while (try? await service.clock.sleep(for: .seconds(2))) != nil {
                try? await checkpoints?.store(isFinal: false)
            }
        }
        let result = await Result.catching { try await train(command, reader: reader, folder: folder, log: log) }
        syncing.cancel()
        await syncing.value
        do {
            try await checkpoints?.store(isFinal: true)
        } catch let error as UntrustedFileError {
            throw JobError.client("the checkpoints cannot be stored. \(error)")
        }
        let ending = try result.get()
        if running.end == .serverEnds { return ending }
        do {
            try await upload(folder, after: ending, log: log)
        } catch let error as JobError {
            // The algorithm's own failure is the more useful reason.
            guard case .failed = ending else { throw error }
            log.append("\(error)")
        }
        return ending
    }

    /// The ending of a job that was asked to end.
    private var stopped: JobEnding { running.end == .timedOut ? .timedOut : .stopped }

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

    private func checkpointSync(_ folder: JobFolder) async throws -> CheckpointSync? {
        guard let checkpoints = definition.checkpoints else { return nil }
        return try await CheckpointSync(folder, to: ObjectURI(checkpoints, field: "checkpoints"), platform: platform)
    }

    // MARK: The process

    private func train(
        _ command: SupervisedProcess.Command,
        reader: MetricReader,
        folder: JobFolder,
        log: LineLog.Writer
    ) async throws -> JobEnding {
        let process = try SupervisedProcess(executable: service.host.executable, command)
        end(process, within: service.configuration.grace)
        let updates = service.updates
        let name = definition.name
        let now = service.now
        let metrics = LastMetrics()
        let series = try service.series.writer(of: name)
        let saver = Task { [record, service] in
            while !Task.isCancelled {
                try? await service.clock.sleep(for: .seconds(1))
                guard let changed = metrics.takeChanged() else { continue }
                try? await record.change { $0.metrics = changed }
            }
        }
        // On its own thread, because the metrics' patterns come from users and may be slow.
        let (outcome, lastLine) = try await runOnThread(named: "job-lines") {
            var lastLine = ""
            let outcome = process.readLines { line in
                let now = now()
                log.append(line, at: now)
                if !line.isEmpty { lastLine = line }
                for value in reader.values(in: line, at: now) {
                    metrics.set(value)
                    series.append(value)
                    updates.tell(.training, name, value)
                }
                for metric in reader.takeGivenUp() {
                    log.append("Metric '\(metric)' is no longer read because matching its pattern takes too long.")
                }
            }
            return (outcome, lastLine)
        }
        saver.cancel()
        await saver.value
        if let changed = metrics.takeChanged() { try await record.change { $0.metrics = changed } }
        let failure = try await offload { folder.failureText }
        return ending(outcome, lastLine: lastLine, failure: failure)
    }

    /// Terminates `process` when the job is asked to end, and kills it if it has not ended after `grace`.
    private func end(_ process: SupervisedProcess, within grace: Duration) {
        running.onEnd { why in
            guard why != .serverEnds else { return process.kill() }
            process.terminate()
            Task { [clock = service.clock] in
                try? await clock.sleep(for: grace)
                process.kill()
            }
        }
    }

    private func ending(_ outcome: SupervisedProcess.Outcome, lastLine: String, failure: String?) -> JobEnding {
        if running.end != nil { return stopped }
        let limit = service.host.memoryLimit
        let memory = "AlgorithmError: the job exceeded its memory limit of \(Bytes.text(limit))."
        switch outcome {
        case .exited(0): return .completed()
        case .memoryExceeded: return .failed(memory)
        case .notStarted(let reason): return .failed("ClientError: the algorithm cannot be run: \(reason).")
        case .lost: return .failed("AlgorithmError: the job's process was terminated from outside.")
        case .exited, .signaled: break
        }
        if let text = failure {
            let hasKind = text.hasPrefix("ClientError:") || text.hasPrefix("AlgorithmError:")
            return .failed(hasKind ? text : "AlgorithmError: \(text)")
        }
        if ["bad_alloc", "MemoryError", "Cannot allocate memory"].contains(where: { lastLine.contains($0) }) {
            return .failed(memory)
        }
        let what =
            switch outcome {
            case .exited(let status): "the algorithm ended with exit code \(status)"
            // Not by this server; the kernel does this when the machine runs out of memory.
            case .signaled(9): "the algorithm was killed (signal 9); the machine may have run out of memory"
            case .signaled(let number): "the algorithm was terminated by signal \(number)"
            default: "the algorithm ended"
            }
        return .failed("AlgorithmError: \(what)" + (lastLine.isEmpty ? "." : ": \(lastLine.prefix(800))"))
    }
}

/// The last value of each metric, in the order of their first values.
private final class LastMetrics: Sendable {
    private let state = Mutex<(values: [MetricValue], isChanged: Bool)>(([], false))

    func set(_ value: MetricValue) {
        state.withLock { state in
            if let index = state.values.firstIndex(where: { $0.name == value.name }) {
                state.values[index] = value
            } else {
                state.values.append(value)
            }
            state.isChanged = true
        }
    }

    /// Returns all values if one has changed since the last call, otherwise `nil`.
    func takeChanged() -> [MetricValue]? {
        state.withLock { state in
            guard state.isChanged else { return nil }
            state.isChanged = false
            return state.values
        }
    }
}
