import Catalog
import Definitions
import Foundation
import Logging
import Platform
import WorkThreads

/// One run of a tuning job, which starts trials and learns from them until there are enough.
///
/// Its whole state is in the records of its trials, so that a run after a restart continues where the last one stopped.
struct TuningRun: Sendable {
    /// An event that a run handles.
    enum Event: Sendable {
        /// The objective's next value in a running trial.
        case metric(trial: String, Double)
        /// A trial has ended.
        case ended(TrainingJob)
        /// The job must end.
        case end
    }

    /// Failed trials after which the search gives up if none has succeeded.
    static let attemptLimit = 5

    let service: JobService
    let definition: TuningDefinition
    let record: JobRecord<TuningJob>
    let running: RunningJob

    init(
        _ service: JobService,
        _ definition: TuningDefinition,
        _ record: JobRecord<TuningJob>,
        _ running: RunningJob
    ) {
        self.service = service
        self.definition = definition
        self.record = record
        self.running = running
    }

    func run() async {
        let ending: TuningEnding?
        do {
            ending = try await search()
        } catch {
            // If the server is stopping, the next start resumes the job.
            guard running.end != .serverEnds else { return }
            service.logger.error("Tuning job failed", metadata: ["error": "\(error)", "job": "\(definition.name)"])
            await stopTrials()
            let error = (error as? JobRejection).map { RoostError($0) } ?? error as? RoostError
            let reason = error?.message ?? "the server could not run the job."
            ending = .failed(error != nil ? "ClientError: \(reason)" : "InternalServerError: \(reason)")
        }
        guard let ending else { return }
        do {
            try await record.change { job in
                let now = Date()
                switch ending {
                case .completed(let message):
                    job.state.end(.completed, phase: "Completed", at: now)
                    job.state.phases[job.state.phases.count - 1].message = message
                case .stopped: job.state.end(.stopped, phase: "Stopped", at: now)
                case .failed(let reason): job.state.end(.failed, phase: "Failed", reason: reason, at: now)
                }
            }
        } catch {
            service.logger.error(
                "Could not record the job's end",
                metadata: ["error": "\(error)", "job": "\(definition.name)"]
            )
        }
        service.logger.info("Tuning job ended", metadata: ["job": "\(definition.name)", "ending": "\(ending)"])
    }

    /// Runs trials until the search ends.
    ///
    /// - Returns: How the job ended; `nil` if the next start resumes it.
    private func search() async throws -> TuningEnding? {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        running.onEnd { _ in continuation.yield(.end) }
        var trials = try await TuningTrials(definition, service: service)
        // A trial may have ended just before the server stopped, without the search having recorded it.
        try await recordBest(trials)
        try await record.change { job in
            let now = Date()
            if job.state.startedAt == nil { job.state.startedAt = now }
            if job.state.status == .inProgress { job.state.enter("Tuning", "Searching", at: now) }
        }
        let started = await record.job.state.startedAt ?? Date()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for name in trials.running.keys.sorted() {
                let updates = service.updates.metrics(of: .training, name)
                group.addTask { try await watch(name, updates, continuation) }
            }
            if let limit = definition.maxRuntime {
                let left = started.addingTimeInterval(Double(limit)).timeIntervalSinceNow
                group.addTask {
                    try await Task.sleep(for: .bounded(seconds: left))
                    continuation.yield(.end)
                }
            }
            var ending: TuningEnding?
            var events = events.makeAsyncIterator()
            while true {
                if running.end == .serverEnds { return nil }
                if ending == nil {
                    ending = wantedEnding(trials, started: started)
                    if ending != nil { await stopTrials(trials.running.keys) }
                }
                while ending == nil, trials.running.count < definition.maxParallelTrials,
                    trials.count < definition.maxTrials
                {
                    // Proposing a trial takes a while if there were many.
                    let (next, after) = try await offload { [trials] in
                        var trials = trials
                        return (trials.next(), trials)
                    }
                    trials = after
                    guard let trial = next else { break }
                    let updates = service.updates.metrics(of: .training, trial.name)
                    _ = try await service.train(trial, tuningJob: definition.name)
                    trials.begin(trial)
                    group.addTask { try await watch(trial.name, updates, continuation) }
                }
                if trials.running.isEmpty { return ending ?? trials.exhausted }
                guard let event = await events.next() else { return nil }
                switch event {
                case .end: break
                case .metric(let trial, let value):
                    if trials.report(trial, value) { await stopTrials([trial]) }
                case .ended(let job):
                    trials.end(job)
                    try await recordBest(trials)
                }
            }
        }
    }

    /// Returns how the job must end now; `nil` if it continues.
    private func wantedEnding(_ trials: TuningTrials, started: Date) -> TuningEnding? {
        if running.end == .stopped { return .stopped }
        if let limit = definition.maxRuntime, Date() >= started.addingTimeInterval(Double(limit)) {
            return .completed("The time limit of \(limit) s was reached.")
        }
        if trials.best == nil, trials.failures >= Self.attemptLimit { return trials.exhausted }
        if let target = definition.target, let best = trials.best?.value, trials.isBetter(best, orSameAs: target) {
            return .completed("The objective reached its target.")
        }
        if let limit = definition.maxTrialsWithoutImprovement, trials.withoutImprovement >= limit {
            return .completed("The last \(trials.withoutImprovement) trials did not improve on the best one.")
        }
        return nil
    }

    /// Yields a trial's metrics as they are reported, and its end.
    private func watch(
        _ trial: String,
        _ first: AsyncStream<MetricValue>,
        _ continuation: AsyncStream<Event>.Continuation
    ) async throws {
        var updates = first
        let objective = definition.candidate(ofTrial: trial).objective.metric
        while true {
            if let job = try await service.catalog.job(TrainingJob.self, named: trial)?.job,
                job.state.status.isFinal
            {
                continuation.yield(.ended(job))
                return
            }
            for await metric in updates where metric.name == objective {
                continuation.yield(.metric(trial: trial, metric.value))
            }
            if running.end == .serverEnds || Task.isCancelled { return }
            updates = service.updates.metrics(of: .training, trial)
        }
    }

    private func stopTrials(_ names: some Sequence<String>) async {
        for name in names {
            do {
                try await service.stopTraining(name)
            } catch JobRejection.ended {
                // It had already ended.
            } catch {
                service.logger.error("Could not stop trial", metadata: ["error": "\(error)", "job": "\(name)"])
            }
        }
    }

    /// Stops all running trials after the search itself has failed.
    private func stopTrials() async {
        let trials = (try? await service.trials(of: definition.name)) ?? []
        await stopTrials(trials.filter { !$0.state.status.isFinal }.map(\.name))
    }

    private func recordBest(_ trials: TuningTrials) async throws {
        guard let best = trials.best else { return }
        try await record.change { job in
            job.best = best.name
            job.bestValue = best.value
        }
    }
}

/// How a tuning job ended.
enum TuningEnding: Sendable {
    case completed(String)
    case stopped
    case failed(String)
}
