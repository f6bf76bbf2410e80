import Catalog
package import Definitions
import Foundation
import Platform

extension JobService {
    /// Checks and records a tuning job, and starts its first trials.
    ///
    /// - Parameter request: Data that the API stores with the job.
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    package func tune(_ definition: TuningDefinition, request: String? = nil) async throws -> TuningJob {
        try await checkIsFree(TuningJob.self, definition.name)
        try await check(definition)
        let job = TuningJob(definition: definition, state: JobState(createdAt: now()))
        try await add(job, request: request)
        run(job)
        return job
    }

    /// Stops the running trials, and then the job.
    package func stopTuning(_ name: String) async throws { try await stop(TuningJob.self, name) }

    /// Removes a tuning job that has ended. Its trials stay as independent training jobs.
    ///
    /// - Parameter trialRequests: For each trial by name, the request that would have created it as a training job.
    /// - Throws: ``JobRejection`` if the job does not exist or has not ended.
    package func removeTuning(_ name: String, trialRequests: [String: String]) async throws {
        guard let status = try await catalog.job(TuningJob.self, named: name)?.job.state.status else {
            throw JobRejection.missing(.tuning, name)
        }
        guard status.isFinal else { throw JobRejection.notEnded(.tuning, name, status) }
        await settle(.tuning, name)
        guard try await catalog.removeTuningJob(name, trialRequests: trialRequests) else {
            throw JobRejection.missing(.tuning, name)
        }
    }

    /// Returns the trials of a tuning job, oldest first.
    package func trials(of tuningJob: String) async throws -> [TrainingJob] {
        var query = JobQuery()
        query.parent = tuningJob
        query.isDescending = false
        query.limit = Int(Int32.max)
        return try await catalog.jobs(TrainingJob.self, query)
    }

    /// Resumes unfinished searches. Their trials have been resumed before.
    func restoreTuning() async throws {
        for name in unfinished(.tuning) {
            guard var job = try await unfinishedJob(TuningJob.self, name) else { continue }
            if job.state.status == .inProgress {
                job.state.enter(
                    "Interrupted",
                    "The server stopped while the job was running; the job resumes",
                    at: now()
                )
                try await catalog.saveJob(job)
            }
            run(job)
        }
    }

    private func run(_ job: TuningJob) {
        let isStopping = job.state.status == .stopping
        start(job, JobBeginning(takesTurn: false, phase: "Tuning", message: "Searching")) { run in
            if isStopping { run.running.end(.stopped) }
            return try await TuningRun(run: run, definition: job.definition).work()
        }
    }
}
