import Catalog
import Definitions
import Foundation
import Logging
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
        /// Its time limit was reached.
        case timeIsUp
    }

    /// Failed trials after which the search gives up if none has succeeded.
    static let attemptLimit = 5

    let run: JobRun<TuningJob>
    let definition: TuningDefinition

    private var service: JobService { run.service }
    private var running: RunningJob { run.running }

    func work() async throws -> JobEnding {
        do {
            return try await search()
        } catch {
            // If the server is stopping, the next start resumes the job and its trials.
            if running.end != .serverEnds { await stopTrials() }
            throw error
        }
    }

    /// Runs trials until the search ends.
    private func search() async throws -> JobEnding {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        running.onEnd { _ in continuation.yield(.end) }
        var trials = try await TuningTrials(definition, service: service)
        // A trial may have ended just before the server stopped, without the search having recorded it.
        try await recordBest(trials)
        let left = await timeLeft
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for name in trials.running.keys.sorted() {
                let updates = service.updates.metrics(of: .training, name)
                group.addTask { try await watch(name, updates, continuation) }
            }
            if let left {
                group.addTask {
                    try await service.clock.sleep(for: left)
                    continuation.yield(.timeIsUp)
                }
            }
            // A job that has used up its time does not start another trial.
            var isTimeUp = left == .zero
            var ending: JobEnding?
            var events = events.makeAsyncIterator()
            while true {
                // Not recorded; the next start resumes the job.
                if running.end == .serverEnds { return .stopped }
                if ending == nil {
                    ending = wantedEnding(trials, isTimeUp: isTimeUp)
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
                guard let event = await events.next() else { return .stopped }
                switch event {
                case .end: break
                case .timeIsUp: isTimeUp = true
                case .metric(let trial, let value):
                    if trials.report(trial, value) { await stopTrials([trial]) }
                case .ended(let job):
                    trials.end(job)
                    try await recordBest(trials)
                }
            }
        }
    }

    /// How long the job may take from now on, including all its runs; `nil` if it has no time limit.
    private var timeLeft: Duration? {
        get async {
            guard let limit = definition.maxRuntime, let started = await run.record.job.state.startedAt else {
                return nil
            }
            return .bounded(seconds: started.addingTimeInterval(Double(limit)).timeIntervalSince(service.now()))
        }
    }

    /// Returns how the job must end now; `nil` if it continues.
    private func wantedEnding(_ trials: TuningTrials, isTimeUp: Bool) -> JobEnding? {
        if running.end == .stopped { return .stopped }
        if let limit = definition.maxRuntime, isTimeUp {
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
        try await run.record.change { job in
            job.best = best.name
            job.bestValue = best.value
        }
    }
}
