import Catalog
import Definitions
import Foundation

/// One run of a learning curve, which trains with more and more of the data.
///
/// Its whole state is in its record and in the training jobs, whose names follow from its own. So a run after a restart continues
/// where the last one stopped.
struct CurveRun: Sendable {
    /// Training jobs at once, so that a curve leaves places for others.
    private static let parallelLimit = 3
    /// Jobs without a value after which the curve gives up if no other has one.
    private static let failureLimit = 5

    let run: JobRun<LearningCurve>
    let definition: LearningCurveDefinition

    private var service: JobService { run.service }
    private var running: RunningJob { run.running }

    private struct Planned: Sendable {
        let percent: Int
        let sample: Int
    }

    func work() async throws -> JobEnding {
        let samples = try CurveSamples(definition, platform: service.platform)
        do {
            if await run.record.job.lines == nil {
                let counts = try await samples.make()
                // From here on, the samples stay as they are.
                try await run.record.change { curve in
                    curve.lines = counts.training
                    curve.heldOutLines = counts.heldOut
                }
            }
            if running.end != nil { return .stopped }
            try await run.record.enter("Training", "Training with samples of the data")
            return try await train(samples)
        } catch {
            // If the server is stopping, the next start resumes the curve and its jobs.
            if running.end != .serverEnds { await stopJobs() }
            throw error
        }
    }

    /// All sizes of the first sample, then those of the next one.
    private var plan: [Planned] {
        (1...definition.repeats).flatMap { sample in
            definition.percents.filter { sample <= definition.sampleCount(percent: $0) }
                .map { Planned(percent: $0, sample: sample) }
        }
    }

    private func train(_ samples: CurveSamples) async throws -> JobEnding {
        running.onEnd { end in
            guard end != .serverEnds else { return }
            // The loop below waits for these jobs.
            Task { await stopJobs() }
        }
        var values: [String: Double?] = [:]
        try await record(values)
        return try await withThrowingTaskGroup(of: TrainingJob.self) { group in
            defer { group.cancelAll() }
            var rest = plan[...]
            var under = 0
            var failures = 0
            var lastFailure: String?
            while true {
                while under < Self.parallelLimit, running.end == nil, let next = rest.popFirst() {
                    let job = try definition.jobDefinition(
                        percent: next.percent,
                        sample: next.sample,
                        samples: samples.place
                    )
                    try await begin(job)
                    // Whoever stopped the curve in between did not find it.
                    if running.end == .stopped { try? await service.stopTraining(job.name) }
                    group.addTask { try await service.ended(TrainingJob.self, job.name) }
                    under += 1
                }
                guard let job = try await group.next() else { break }
                under -= 1
                if running.end != nil { continue }
                let value = try await value(of: job)
                values[job.name] = .some(value)
                if value == nil {
                    failures += 1
                    lastFailure = job.state.failureReason ?? "\(job.name) has no value of the metric."
                }
                try await record(values)
                if failures >= Self.failureLimit, !values.values.contains(where: { $0 != nil }) { break }
            }
            if running.end != nil { return .stopped }
            guard values.values.contains(where: { $0 != nil }) else {
                await stopJobs()
                return .failed("ClientError: no training job of the curve succeeded. \(lastFailure ?? "")")
            }
            return .completed()
        }
    }

    /// Starts a training job, unless an earlier run of the curve has.
    private func begin(_ job: TrainingDefinition) async throws {
        if let known = try await service.job(TrainingJob.self, named: job.name)?.job {
            guard known.definition == job else {
                throw JobError.client("there is another training job '\(job.name)'. Choose another name for the curve.")
            }
            return
        }
        _ = try await service.train(job)
    }

    /// Returns the value of the metric; `nil` if the job failed, or has none.
    private func value(of job: TrainingJob) async throws -> Double? {
        guard job.state.status == .completed else { return nil }
        var metric = await run.record.job.metric
        if metric == nil {
            let name = try definition.metric ?? CurveMetric.only(of: job, channel: definition.heldOutChannel)
            guard let direction = definition.direction ?? CurveMetric.direction(of: name) else {
                throw JobError.client("say with 'direction' whether '\(name)' is to be minimized or maximized.")
            }
            try await run.record.change { curve in
                curve.metric = name
                curve.direction = direction
            }
            metric = name
        }
        return job.metrics.last { $0.name == metric }.map(\.value).flatMap { $0.isFinite ? $0 : nil }
    }

    private func record(_ values: [String: Double?]) async throws {
        let definition = definition
        try await run.record.change { curve in
            curve.points = definition.percents.map { percent in
                let jobs = (1...definition.sampleCount(percent: percent)).map {
                    definition.jobName(percent: percent, sample: $0)
                }
                let found = jobs.map { values[$0] ?? nil }
                return LearningCurve.Point(
                    percent: percent,
                    lines: CurveSamples.lineCount(percent: percent, of: curve.lines ?? 0),
                    jobs: jobs,
                    values: found,
                    metric: CurveVerdict.estimate(found.compactMap(\.self))
                )
            }
            let isComplete = curve.points.allSatisfy { $0.jobs.allSatisfy { values[$0] != nil } }
            guard isComplete, let metric = curve.metric, let direction = curve.direction else { return }
            let verdict = CurveVerdict(
                curve.points.map { ($0.percent, $0.values.compactMap(\.self)) },
                metric: metric,
                direction
            )
            curve.gain = verdict.gain
            curve.verdict = verdict.verdict
            curve.summary = verdict.summary
        }
    }

    /// Stops the training jobs that have not ended.
    private func stopJobs() async {
        for next in plan {
            try? await service.stopTraining(definition.jobName(percent: next.percent, sample: next.sample))
        }
    }
}
