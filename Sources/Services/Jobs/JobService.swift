import Archives
import Catalog
package import Definitions
import Foundation
package import Logging
package import Platform
import Synchronization

/// Training, tuning and transform jobs: takes them, runs them in turn, stops them, and says how they stand.
package final class JobService: Sendable {
    package struct Configuration: Sendable {
        /// The path of the `roost` binary, which jobs run as child processes of.
        package var executable: String
        /// Training and transform jobs that run at once; others wait.
        package var concurrency = 3
        /// Threads of one job.
        package var threadCount = 1
        /// Bytes of memory that one job may have.
        package var memoryLimit = 8 << 30
        /// The Python that runs users' scripts.
        package var python = "python3"
        /// How long a job that is asked to end may take to do so.
        package var grace: Duration = .seconds(120)

        package init(executable: String) { self.executable = executable }
    }

    private struct Key: Hashable {
        let kind: JobKind
        let name: String
    }

    private struct Active {
        let job: RunningJob
        var task: Task<Void, Never>?
        /// How ``stop(_:_:)`` marks the record.
        let markStopping: @Sendable () async throws -> Void
    }

    private struct State {
        var active: [Key: Active] = [:]
        var isClosed = false
        var unfinished: [JobKind: [String]] = [:]
    }

    package let platform: Platform
    package let configuration: Configuration
    /// Who may run: shared by training and transform jobs.
    package let queue: JobQueue
    /// What jobs write.
    package let logs: JobLogs
    /// What training jobs say of their metrics, over time.
    package let series: MetricSeries
    /// What running jobs do.
    package let updates = JobUpdates()
    let logger: Logger
    private let state = Mutex(State())

    package init(platform: Platform, configuration: Configuration, logger: Logger) {
        self.platform = platform
        self.configuration = configuration
        self.logger = logger
        queue = JobQueue(concurrency: configuration.concurrency)
        logs = JobLogs(folder: platform.folder + "/job-logs")
        series = MetricSeries(folder: platform.folder + "/job-metrics")
    }

    /// Where running jobs of a kind have their folders.
    package func folder(of kind: JobKind) -> String { "\(platform.folder)/jobs/\(kind.rawValue)" }

    /// Looks what was not over when the server ended, and removes what it left. Only before jobs are taken.
    package func prepare() async throws {
        let folder = platform.folder + "/jobs"
        await remove { try FolderRemoval.remove(folder) }
        var unfinished: [JobKind: [String]] = [:]
        for kind in JobKind.allCases { unfinished[kind] = try await platform.catalog.unfinishedJobs(kind) }
        state.withLock { $0.unfinished = unfinished }
    }

    /// Removes what a job has left. What cannot be removed stays for the next start, and is in nobody's way.
    func remove(_ work: @escaping @Sendable () throws -> Void) async {
        do {
            try await offload(work)
        } catch {
            logger.warning("Job's folder not removed", metadata: ["error": "\(error)"])
        }
    }

    /// The names of the jobs of a kind that were not over when the server ended, oldest first.
    func unfinished(_ kind: JobKind) -> [String] { state.withLock { $0.unfinished[kind] ?? [] } }

    /// Lets the jobs of a kind that were not over wait for their turn again; those that were to end have ended.
    func takeUp<Value: Job>(
        _ type: Value.Type,
        _ message: String,
        reset: (inout Value) -> Void = { _ in },
        run: (Value) -> Void
    ) async throws {
        for name in unfinished(Value.kind) {
            guard var job = try await unfinishedJob(type, name) else { continue }
            let now = Date()
            guard job.state.status == .inProgress else {
                job.state.end(.stopped, phase: "Stopped", reason: nil, at: now)
                try await platform.catalog.saveJob(job)
                continue
            }
            job.state.enter("Interrupted", message, at: now)
            job.state.enter("Pending", "Waiting for its turn", at: now)
            reset(&job)
            try await platform.catalog.saveJob(job)
            run(job)
        }
    }

    /// A job that was not over when the server ended; `nil` of one that is gone, or that ended the server twice: that one has failed.
    func unfinishedJob<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value? {
        let item = StartMarks.Item.job(Value.kind.rawValue, name)
        let isProven = platform.marks.suspicion(of: item)?.isProven == true
        let recorded: Value?
        do {
            recorded = try await platform.catalog.job(type, named: name)?.job
        } catch {
            // One that is damaged keeps no other from being taken up.
            logger.error("Job not taken up", metadata: ["job": "\(name)", "error": "\(error)"])
            return nil
        }
        guard var job = recorded else { return nil }
        guard isProven else { return job }
        let reason = "InternalServerError: the server crashed twice in a row while it took up this job."
        job.state.end(.failed, phase: "Failed", reason: reason, at: Date())
        try await platform.catalog.saveJob(job)
        platform.marks.unmark(item)
        return nil
    }

    /// Takes up again what ``prepare()`` has found. New jobs may have come meanwhile.
    package func restore() async throws {
        try await restoreTraining()
        try await restoreTuning()
        try await restoreTransform()
    }

    /// Ends what runs, so that a later ``restore()`` takes it up.
    package func close() async {
        let active = state.withLock { state in
            state.isClosed = true
            return Array(state.active.values)
        }
        for entry in active { entry.job.end(.serverEnds) }
        for entry in active { await entry.task?.value }
    }

    // MARK: What all kinds share

    /// Runs `work` as a job of its own. It may be ended until it returns; those who wait for its end are told then.
    func start<Value: Job>(
        _ record: JobRecord<Value>,
        named name: String,
        _ work: @escaping @Sendable (RunningJob) async -> Void
    ) {
        let job = RunningJob()
        let key = Key(kind: Value.kind, name: name)
        let mark: @Sendable () async throws -> Void = {
            try await record.change {
                guard $0.state.status == .inProgress else { return }
                $0.state.status = .stopping
                $0.state.enter("Stopping", "Stopping the job", at: Date())
            }
        }
        let isClosed = state.withLock { state in
            guard !state.isClosed else { return true }
            state.active[key] = Active(job: job, markStopping: mark)
            return false
        }
        // It stands in the catalog, and the next start takes it up.
        guard !isClosed else { return }
        let task = Task {
            await platform.marks.duringBeginning(of: .job(Value.kind.rawValue, name)) { await work(job) }
            state.withLock { _ = $0.active.removeValue(forKey: key) }
            updates.finish(Value.kind, name)
        }
        state.withLock { $0.active[key]?.task = task }
    }

    /// Marks a job as stopping, and asks it to end.
    func stop<Value: Job>(_ type: Value.Type, _ name: String) async throws {
        guard let recorded = try await platform.catalog.job(type, named: name) else {
            throw RoostError(.notFound, "There is no \(type.kind.rawValue) job '\(name)'.", field: "name")
        }
        let key = Key(kind: type.kind, name: name)
        let active = state.withLock { $0.active[key] }
        if active == nil, !recorded.job.state.status.isFinal {
            // A server in safe mode has not taken it up.
            var job = recorded.job
            job.state.end(.stopped, phase: "Stopped", reason: nil, at: Date())
            return try await platform.catalog.saveJob(job)
        }
        guard let active else {
            throw RoostError(
                .conflict,
                "The \(type.kind.rawValue) job '\(name)' is over already: it is \(recorded.job.state.status.rawValue).",
                field: "name"
            )
        }
        try await active.markStopping()
        active.job.end(.stopped)
    }

    /// Waits until what ran a job has let go of its name; its record says before that it is over.
    func settle(_ kind: JobKind, _ name: String) async {
        await state.withLock { $0.active[Key(kind: kind, name: name)]?.task }?.value
    }

    /// Waits until a job is over, and answers it.
    package func ended<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        while true {
            let updates = updates.metrics(of: type.kind, name)
            guard let job = try await platform.catalog.job(type, named: name)?.job else {
                throw RoostError(.notFound, "There is no \(type.kind.rawValue) job '\(name)'.", field: "name")
            }
            if job.state.status.isFinal { return job }
            // A job of a server that ends is never over here.
            if state.withLock({ $0.isClosed }) { throw CancellationError() }
            for await _ in updates {}
            try Task.checkCancellation()
        }
    }
}
