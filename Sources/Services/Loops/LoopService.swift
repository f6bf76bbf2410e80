package import Catalog
package import Definitions
package import Endpoints
package import Events
package import Foundation
package import Jobs
package import Logging
package import Monitoring
package import Platform
import Processes
package import Suites

/// The loops: each waits for something to happen, and then trains, tests and releases a model, or tells someone.
///
/// What a run does next is recorded before it is done, and everything that it begins is named after it. If the server stops, the next
/// start goes on where the run stood, and begins nothing twice.
package actor LoopService {
    /// The most loops of a server.
    package static let countLimit = 1000

    /// A run that has not ended.
    struct Running {
        var progress: LoopProgress
        let definition: LoopDefinition
        /// `nil` if the run stands still, because the server is starting or runs in safe mode.
        var task: Task<Void, Never>?
        /// What the current step does.
        var work: Task<LoopProgress.Input, any Error>?
    }

    let platform: Platform
    let monitoring: Monitoring
    let jobs: JobService
    let releases: ReleaseService
    let suites: SuiteService
    let catalog: Catalog
    let events: EventLog
    let logger: Logger
    let clock: any Clock<Duration>
    /// Returns the time for records.
    let now: @Sendable () -> Date
    var loops: [String: LoopRecord] = [:]
    /// By the names of the loops.
    var running: [String: Running] = [:]
    /// The newest event that was looked at.
    var seenEvent = 0
    /// When the labels of a loop are counted again.
    var labelLooks: [String: ContinuousClock.Instant] = [:]
    private var watching: Task<Void, Never>?
    var isClosed = false
    /// Definitions, removals and beginnings of runs come one at a time.
    let changes = Turnstile(capacity: 1)
    /// So do the changes of runs.
    let edits = Turnstile(capacity: 1)

    package init(
        catalog: Catalog,
        platform: Platform,
        monitoring: Monitoring,
        jobs: JobService,
        releases: ReleaseService,
        suites: SuiteService,
        events: EventLog,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.catalog = catalog
        self.platform = platform
        self.monitoring = monitoring
        self.jobs = jobs
        self.releases = releases
        self.suites = suites
        self.events = events
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    /// Finds the loops, and the runs that had not ended when the server stopped.
    package func prepare() async throws {
        for record in try await catalog.loops() { loops[record.name] = record }
        for record in try await catalog.openLoopRuns() where loops[record.run.loop] != nil {
            running[record.run.loop] = Running(
                progress: LoopProgress(record.run, record.definition.then.kinds),
                definition: record.definition
            )
        }
        seenEvent = loops.values.map(\.eventCursor).min() ?? 0
    }

    /// Goes on with what ``prepare()`` has found, and begins to watch. Call it after releases and jobs are restored.
    package func restore() {
        for name in running.keys { goOn(name) }
        watching = Task { await watch() }
    }

    /// Stops. The next server goes on with the runs.
    package func close() async {
        isClosed = true
        watching?.cancel()
        let tasks = running.values.compactMap(\.task)
        for run in running.values { run.work?.cancel() }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        await watching?.value
    }

    // MARK: Reading

    /// Returns a page of the loops by name, and how many there are on all pages.
    ///
    /// - Parameter page: `nil` for all of them.
    package func loops(
        of filter: PipelineFilter = .all,
        _ page: NamedPage? = nil
    ) async throws -> (found: [Loop], total: Int) {
        let names = try await catalog.loopNames(of: filter).filter { loops[$0] != nil }
        let (shown, total) = page?.part(of: names, by: \.self) ?? (names, names.count)
        var found: [Loop] = []
        for name in shown {
            if let record = loops[name] { found.append(try await description(of: record)) }
        }
        return (found, total)
    }

    package func loop(named name: String) async throws -> Loop { try await description(of: record(name)) }

    /// Returns the runs of a loop, the newest first.
    package func runs(of name: String, limit: Int, offset: Int = 0) async throws -> [LoopRun] {
        _ = try await record(name)
        return try await catalog.loopRuns(of: name, limit: limit, offset: offset).map(\.run)
    }

    package func runCount(of name: String) async throws -> Int { try await catalog.loopRunCount(of: name) }

    /// Returns whether a run of each loop is in progress.
    package func activity() -> [(loop: String, pipeline: String, isRunning: Bool)] {
        loops.values.sorted { $0.name < $1.name }.map { ($0.name, $0.definition.pipeline, running[$0.name] != nil) }
    }

    /// - Parameter text: The ID of a run, the beginning of it, or the name of a loop, which stands for its newest run.
    package func run(_ text: String) async throws -> LoopRun {
        if let newest = try await catalog.loopRuns(of: text, limit: 1).first { return newest.run }
        let known = try await catalog.loopRunIDs(startingWith: text.lowercased())
        guard let id = try ShortID.find(text, in: known, id: \.self, kind: "runs of loops", field: "run"),
            let record = try await catalog.loopRun(id)
        else { throw RoostError(.notFound, "There is no run '\(text.prefix(80))' of a loop.", field: "run") }
        return record.run
    }

    func record(_ name: String) async throws -> LoopRecord {
        try Name.check(name, what: "loop name", field: "loop")
        do {
            if let record = try await catalog.loop(named: name) { return record }
        } catch is DecodingError {
            throw RoostError(.unavailable, "The record of loop '\(name)' is damaged. Delete it and add it again.")
        }
        throw RoostError(.notFound, "Loop '\(name)' does not exist.", field: "loop")
    }

    private func description(of record: LoopRecord) async throws -> Loop {
        let trigger = try? LoopTrigger(record.definition.when)
        return Loop(
            name: record.name,
            definition: record.definition,
            createdAt: record.createdAt,
            last: try await catalog.loopRuns(of: record.name, limit: 1).first?.run,
            nextAt: record.definition.isPaused ? nil : trigger?.next(after: record.timeCursor),
            ignored: record.ignored
        )
    }

    // MARK: Changes

    /// Adds a loop, or changes the one with its name. A run in progress goes on as it began.
    ///
    /// - Returns: The loop, and whether it is new.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func define(_ name: String, _ definition: LoopDefinition) async throws -> (loop: Loop, isNew: Bool) {
        try Name.check(name, what: "loop name", field: "loop")
        return try await changes.pass { try await self.put(name, definition) }
    }

    private func put(_ name: String, _ definition: LoopDefinition) async throws -> (loop: Loop, isNew: Bool) {
        let known = try? await record(name)
        let checked = try await check(name, definition)
        let pipeline = try await platform.pipeline(named: checked.pipeline)
        guard known != nil || loops.count < Self.countLimit else {
            throw RoostError(.conflict, "A server can have \(Self.countLimit) loops.", field: "loop")
        }
        let (newest, time) = (try await events.newest(), now())
        var record = LoopRecord(
            name: name,
            definition: checked,
            createdAt: known?.createdAt ?? time,
            eventCursor: newest,
            timeCursor: time
        )
        record.ignored = known?.ignored
        if let known, known.definition.when == checked.when, !known.definition.isPaused {
            // What has happened since counts. Otherwise, what happened before does not.
            (record.eventCursor, record.timeCursor) = (known.eventCursor, known.timeCursor)
        }
        let changed = record
        try await platform.storing(for: pipeline) { [catalog] in try await catalog.putLoop(changed) }
        loops[name] = record
        return (try await description(of: record), known == nil)
    }

    /// Lets only users start runs. A run in progress goes on.
    package func pause(_ name: String) async throws -> Loop { try await set(isPaused: true, name) }

    /// Lets triggers start runs again, from now on.
    package func resume(_ name: String) async throws -> Loop { try await set(isPaused: false, name) }

    private func set(isPaused: Bool, _ name: String) async throws -> Loop {
        try await changes.pass {
            var record = try await self.record(name)
            if record.definition.isPaused, !isPaused {
                record.eventCursor = try await events.newest()
                record.timeCursor = now()
            }
            record.definition.isPaused = isPaused
            try await catalog.putLoop(record)
            await self.keep(record)
            return try await self.description(of: record)
        }
    }

    func keep(_ record: LoopRecord) { loops[record.name] = record }

    /// Removes a loop and its runs.
    package func remove(_ name: String) async throws -> Loop {
        try await changes.pass { try await self.delete(name) }
    }

    private func delete(_ name: String) async throws -> Loop {
        let loop = try await description(of: record(name))
        guard running[name] == nil else {
            throw RoostError(.conflict, "A run of loop '\(name)' is in progress. Abort it first.", field: "loop")
        }
        try await catalog.removeLoop(name)
        loops[name] = nil
        labelLooks[name] = nil
        return loop
    }
}
