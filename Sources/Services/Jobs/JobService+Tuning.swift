import Catalog
package import Definitions
import Foundation
import Platform

extension JobService {
    /// Takes a tuning job: it is checked and recorded, and its first trials begin.
    ///
    /// - Parameter request: What the dialect wants to read back with the job.
    /// - Throws: ``RoostError`` that names the field at fault; a conflict where the name is taken.
    package func tune(_ definition: TuningDefinition, request: String? = nil) async throws -> TuningJob {
        try await check(definition)
        let job = TuningJob(definition: definition, state: JobState(createdAt: Date()))
        try await platform.catalog.addJob(job, request: request)
        run(job)
        return job
    }

    /// Stops the trials that run, and then the job.
    package func stopTuning(_ name: String) async throws { try await stop(TuningJob.self, name) }

    /// Removes a tuning job that is over. Its trials stay, as training jobs of their own.
    ///
    /// - Parameter trialRequests: What each trial would have been asked for, by its name.
    /// - Returns: `false` where there is none, or where it is not over.
    package func removeTuning(_ name: String, trialRequests: [String: String]) async throws -> Bool {
        guard let job = try await platform.catalog.job(TuningJob.self, named: name)?.job,
            job.state.status.isFinal
        else { return false }
        await settle(.tuning, name)
        return try await platform.catalog.removeTuningJob(name, trialRequests: trialRequests)
    }

    /// The trials of a tuning job, oldest first.
    package func trials(of tuningJob: String) async throws -> [TrainingJob] {
        var query = JobQuery()
        query.parent = tuningJob
        query.isDescending = false
        query.limit = Int(Int32.max)
        return try await platform.catalog.jobs(TrainingJob.self, query)
    }

    /// Takes up the searches that were not over. Their trials have been taken up before.
    func restoreTuning() async throws {
        for name in unfinished(.tuning) {
            guard var job = try await unfinishedJob(TuningJob.self, name) else { continue }
            if job.state.status == .inProgress {
                job.state.enter("Interrupted", "The server ended while the job ran; it goes on", at: Date())
                try await platform.catalog.saveJob(job)
            }
            run(job)
        }
    }

    private func run(_ job: TuningJob) {
        let record = JobRecord(job, catalog: platform.catalog)
        let isStopping = job.state.status == .stopping
        start(record, named: job.name) { running in
            if isStopping { running.end(.stopped) }
            await TuningRun(self, job.definition, record, running).run()
        }
    }
}
