import Archives
package import Catalog
package import Definitions
import Events
package import Foundation
package import Logging
package import Platform
import Serving
import Synchronization
import WorkThreads

/// Accepts, runs and stops training, tuning and transform jobs, and reports their state.
package final class JobService: Sendable {
    package struct Configuration: Sendable {
        /// Training and transform jobs that run at once; further ones wait.
        package var concurrency = 3
        /// Threads per job.
        package var threadCount = 1
        /// How long a job may take to end after it is asked to.
        package var grace: Duration = .seconds(120)

        package init() {}
    }

    private struct Key: Hashable {
        let kind: JobKind
        let name: String
    }

    private struct Active {
        let job: RunningJob
        var task: Task<Void, Never>?
        /// Called by ``stop(_:_:)`` to mark the record.
        let markStopping: @Sendable () async throws -> Void
    }

    private struct State {
        var active: [Key: Active] = [:]
        var isClosed = false
        var unfinished: [JobKind: [String]] = [:]
    }

    let platform: Platform
    let catalog: Catalog
    let dataFolder: String
    package let configuration: Configuration
    /// Runs the programs of training and transform jobs.
    package let executor: any JobExecutor
    /// Limits concurrency across training and transform jobs.
    package let queue: JobQueue
    /// Requests to raise that limit.
    package let concurrencyRequests: ConcurrencyRequests
    /// The output of jobs.
    package let logs: JobLogs
    /// The metrics of training jobs over time.
    package let series: MetricSeries
    /// Notifies listeners about running jobs.
    package let updates = JobUpdates()
    private let events: EventLog
    let logger: Logger
    /// What jobs wait by.
    let clock: any Clock<Duration>
    /// Returns the time for records.
    let now: @Sendable () -> Date
    private let state = Mutex(State())

    package init(
        dataFolder: String,
        catalog: Catalog,
        platform: Platform,
        executor: any JobExecutor,
        configuration: Configuration,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.platform = platform
        self.catalog = catalog
        self.dataFolder = dataFolder
        self.configuration = configuration
        self.executor = executor
        events = platform.serving.events
        self.logger = logger
        self.clock = clock
        self.now = now
        queue = JobQueue(concurrency: configuration.concurrency)
        concurrencyRequests = ConcurrencyRequests(platform: platform, queue: queue)
        logs = JobLogs(folder: dataFolder + "/job-logs")
        series = MetricSeries(folder: dataFolder + "/job-metrics")
    }

    /// Returns the parent of the folders of running jobs of a kind.
    package func folder(of kind: JobKind) -> String { "\(dataFolder)/jobs/\(kind.rawValue)" }

    /// Finds the jobs that were unfinished when the server stopped, and removes their folders. Call it before jobs are accepted.
    package func prepare() async throws {
        await remove { [dataFolder] in try FolderRemoval.remove(dataFolder + "/jobs") }
        var unfinished: [JobKind: [String]] = [:]
        for kind in JobKind.allCases { unfinished[kind] = try await catalog.unfinishedJobs(kind) }
        state.withLock { $0.unfinished = unfinished }
    }

    // MARK: Reading

    /// Returns the job with a name, and the request that the API that took it keeps with it; `nil` if there is none.
    package func job<Value: Job>(_ type: Value.Type, named name: String) async throws -> RecordedJob<Value>? {
        try await catalog.job(type, named: name)
    }

    package func jobs<Value: Job>(_ type: Value.Type, _ query: JobQuery = JobQuery()) async throws -> [Value] {
        try await catalog.jobs(type, query)
    }

    /// Returns the number of jobs on all pages of a query.
    package func count<Value: Job>(_ type: Value.Type, _ query: JobQuery) async throws -> Int {
        try await catalog.jobCount(type, query)
    }

    /// Whether there is a job whose name is this one in lower case.
    package func hasJob(_ kind: JobKind, lowercased name: String) async throws -> Bool {
        try await catalog.hasJob(kind, lowercased: name)
    }

    // MARK: Running

    /// Removes a job's files. Anything that cannot be removed is left to the next start and does no harm.
    func remove(_ work: @escaping @Sendable () throws -> Void) async {
        do {
            try await offload(work)
        } catch {
            logger.warning("Could not remove the job's folder", metadata: ["error": "\(error)"])
        }
    }

    /// Returns the names of the jobs of a kind that were unfinished when the server stopped, oldest first.
    func unfinished(_ kind: JobKind) -> [String] { state.withLock { $0.unfinished[kind] ?? [] } }

    /// Queues the unfinished jobs of a kind again. Those that were stopping are marked as stopped.
    func takeUp<Value: Job>(
        _ type: Value.Type,
        _ message: String,
        reset: (inout Value) -> Void = { _ in },
        run: (Value) -> Void
    ) async throws {
        for name in unfinished(Value.kind) {
            guard var job = try await unfinishedJob(type, name) else { continue }
            guard job.state.status == .inProgress else {
                try await record(of: job).end(.stopped)
                continue
            }
            let now = now()
            job.state.enter("Interrupted", message, at: now)
            job.state.enter("Pending", "Waiting for its turn", at: now)
            reset(&job)
            try await catalog.saveJob(job)
            run(job)
        }
    }

    /// Returns an unfinished job; `nil` if it no longer exists, or if it failed because it crashed the server twice.
    func unfinishedJob<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value? {
        let item = StartMarks.Item.job(Value.kind.rawValue, name)
        let isProven = platform.serving.marks.suspicion(of: item)?.isProven == true
        let recorded: Value?
        do {
            recorded = try await catalog.job(type, named: name)?.job
        } catch {
            // A damaged record must not keep other jobs from being resumed.
            logger.error("Could not resume job", metadata: ["job": "\(name)", "error": "\(error)"])
            return nil
        }
        guard let job = recorded else { return nil }
        guard isProven else { return job }
        let reason = "InternalServerError: the server crashed twice in a row while starting this job."
        try await record(of: job).end(.failed(reason))
        platform.serving.marks.unmark(item)
        return nil
    }

    /// Resumes the jobs that ``prepare()`` found. New jobs may have been accepted in the meantime.
    package func restore() async throws {
        try await restoreTraining()
        try await restoreTuning()
        try await restoreTransform()
        try await restoreCurves()
    }

    /// Ends the running jobs, so that a later ``restore()`` resumes them.
    package func close() async {
        let active = state.withLock { state in
            state.isClosed = true
            return Array(state.active.values)
        }
        for entry in active { entry.job.end(.serverEnds) }
        for entry in active { await entry.task?.value }
    }

    // MARK: All kinds of jobs

    /// Runs `work` as a job. The job can be ended until its end is recorded; then listeners are notified.
    func start<Value: Job>(
        _ job: Value,
        _ beginning: JobBeginning = JobBeginning(),
        _ work: @escaping @Sendable (JobRun<Value>) async throws -> JobEnding
    ) {
        let name = job.name
        let record = record(of: job)
        let run = JobRun(service: self, record: record, running: RunningJob(), name: name)
        let key = Key(kind: Value.kind, name: name)
        let mark: @Sendable () async throws -> Void = {
            try await record.change {
                guard $0.state.status == .inProgress else { return }
                $0.state.status = .stopping
                $0.state.enter("Stopping", "Stopping the job", at: $1)
            }
        }
        let isClosed = state.withLock { state in
            guard !state.isClosed else { return true }
            state.active[key] = Active(job: run.running, markStopping: mark)
            return false
        }
        // The job is in the catalog, so the next start resumes it.
        guard !isClosed else { return }
        let task = Task {
            await platform.serving.marks.duringBeginning(of: .job(Value.kind.rawValue, name)) {
                await run.run(beginning) { try await work(run) }
            }
            state.withLock { _ = $0.active.removeValue(forKey: key) }
            updates.finish(Value.kind, name)
        }
        state.withLock { $0.active[key]?.task = task }
    }

    private func record<Value: Job>(of job: Value) -> JobRecord<Value> {
        JobRecord(job, catalog: catalog, events: events, now: now)
    }

    /// Refuses a name that is taken, before anything else is checked.
    func checkIsFree<Value: Job>(_ type: Value.Type, _ name: String) async throws {
        guard try await catalog.job(type, named: name) == nil else { throw JobRejection.nameTaken(type.kind, name) }
    }

    /// Records a new job.
    ///
    /// - Throws: ``JobRejection`` if another job has taken its name in the meantime.
    func add<Value: Job>(_ job: Value, request: String?) async throws {
        guard try await catalog.addJob(job, request: request) else {
            throw JobRejection.nameTaken(Value.kind, job.name)
        }
    }

    /// Marks a job as stopping, and asks it to end.
    ///
    /// - Throws: ``JobRejection`` if it does not exist or has ended.
    func stop<Value: Job>(_ type: Value.Type, _ name: String) async throws {
        // Before the record is read: a job that ends in between must not be recorded as stopped.
        let active = state.withLock { $0.active[Key(kind: type.kind, name: name)] }
        guard let job = try await catalog.job(type, named: name)?.job else {
            throw JobRejection.missing(type.kind, name)
        }
        guard !job.state.status.isFinal else { throw JobRejection.ended(type.kind, name, job.state.status) }
        guard let active else {
            // A server in safe mode has not resumed it.
            return try await record(of: job).end(.stopped)
        }
        try await active.markStopping()
        active.job.end(.stopped)
    }

    /// Waits until a job's name is free again, which is slightly later than its record says that it has ended.
    func settle(_ kind: JobKind, _ name: String) async {
        await state.withLock { $0.active[Key(kind: kind, name: name)]?.task }?.value
    }

    /// Waits until a job has ended, and returns it.
    package func ended<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        while true {
            let updates = updates.metrics(of: type.kind, name)
            guard let job = try await catalog.job(type, named: name)?.job else {
                throw JobRejection.missing(type.kind, name)
            }
            if job.state.status.isFinal { return job }
            // While the server stops, the job will not end.
            if state.withLock({ $0.isClosed }) { throw CancellationError() }
            for await _ in updates {}
            try Task.checkCancellation()
        }
    }
}
