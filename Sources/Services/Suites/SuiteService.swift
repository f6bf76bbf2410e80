package import Catalog
package import Definitions
import Events
package import Foundation
package import Functions
package import Jobs
package import Logging
package import Platform
import Processes
import Serving
import Synchronization
import WorkThreads

/// Test suites of models: defined, and run when somebody asks, when a version is uploaded and when a training job has ended.
package final class SuiteService: Sendable {
    /// The most suites of a server.
    package static let countLimit = 1000
    /// How often a run is begun: one that ended the server so often is not begun again.
    private static let attemptLimit = 5
    /// The largest artifact of a job that is imported.
    static let artifactLimit = 16 << 30

    private struct State {
        var task: Task<Void, Never>?
        /// Ends the run in progress.
        var watch: SuiteWatch?
        var isStopping = false
    }

    let catalog: Catalog
    let platform: Platform
    let jobs: JobService
    let functions: FunctionService
    let logger: Logger
    let now: @Sendable () -> Date
    /// Runs measure, so there is one at a time.
    private let runs = Turnstile(capacity: 1)
    /// Definitions and removals are applied one at a time.
    private let changes = Turnstile(capacity: 1)
    private let state = Mutex(State())

    package init(
        catalog: Catalog,
        platform: Platform,
        jobs: JobService,
        functions: FunctionService,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.catalog = catalog
        self.platform = platform
        self.jobs = jobs
        self.functions = functions
        self.logger = logger
        self.now = now
    }

    /// Begins to run what waits: what the last server left, and what comes.
    package func restore() async throws {
        if try await catalog.suiteCursor() == nil {
            try await catalog.setSuiteCursor(try await platform.serving.events.newest())
        }
        let changes = platform.serving.events.changes()
        let task = Task { [self] in
            await work()
            for await _ in changes { await work() }
        }
        state.withLock { $0.task = task }
    }

    /// Stops. The run in progress is begun anew by the next server.
    package func close() async {
        let (task, watch) = state.withLock { state in
            state.isStopping = true
            return (state.task, state.watch)
        }
        watch?.stop()
        task?.cancel()
        // A runtime may not end its run when it is asked to.
        _ = try? await withTimeLimit(.seconds(5)) { await task?.value }
    }

    private func work() async {
        do {
            try await takeJobs()
            for run in try await catalog.openSuiteRuns() {
                guard !state.withLock({ $0.isStopping }) else { return }
                do {
                    _ = try await execute(run.id)
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("Could not run suite", metadata: ["suite": "\(run.suite)", "error": "\(error)"])
                }
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("Could not run the suites that wait", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Suites

    /// Returns a page of the suites by name, without their cases, how many there are on all pages, and how many of their newest runs
    /// have each outcome.
    ///
    /// - Parameter workspace: `nil` for the suites of all workspaces.
    package func suites(
        in workspace: String?,
        _ page: NamedPage
    ) async throws -> (found: [Suite], total: Int, outcomes: [SuiteRun.Outcome: Int]) {
        try await catalog.suites(in: workspace, page)
    }

    package func suite(named name: String) async throws -> Suite {
        try Name.check(name, what: "suite name", field: "suite")
        do {
            if let suite = try await catalog.suite(named: name) { return suite }
        } catch is DecodingError {
            throw RoostError(.unavailable, "The record of suite '\(name)' is damaged. Remove it and add it again.")
        }
        throw RoostError(.notFound, "Suite '\(name)' does not exist.", field: "suite")
    }

    /// Adds a suite, or changes the one with its name.
    ///
    /// - Returns: The suite, and whether it is new.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func define(_ name: String, _ definition: SuiteDefinition) async throws -> (suite: Suite, isNew: Bool) {
        try Name.check(name, what: "suite name", field: "suite")
        var definition = definition
        guard definition.name == nil || definition.name == name else {
            throw RoostError(.invalidInput, "The suite's name is '\(name)'; 'name' must be the same.", field: "name")
        }
        definition.name = nil
        try definition.check()
        guard try JSONEncoder().encode(definition).count <= SuiteDefinition.byteLimit else {
            throw RoostError(
                .tooLarge,
                "A suite can have \(SuiteDefinition.byteLimit) bytes. Put rows into a data set.",
                field: "cases"
            )
        }
        let checked = definition
        return try await changes.pass { try await put(name, checked) }
    }

    private func put(_ name: String, _ definition: SuiteDefinition) async throws -> (suite: Suite, isNew: Bool) {
        let check = SuiteCheck(platform: platform, functions: functions)
        let subject = try await check.subject(definition)
        let time = now()
        let suite = Suite(
            name: name,
            revision: 0,
            model: subject.model,
            workspace: subject.workspace,
            definition: definition,
            createdAt: time,
            updatedAt: time
        )
        try await check.check(suite)
        let known = (try? await catalog.suite(named: name)) ?? nil
        if known == nil, try await catalog.counts().suites >= Self.countLimit {
            throw RoostError(.conflict, "A server can have \(Self.countLimit) suites.", field: "suite")
        }
        return try await catalog.putSuite(
            name,
            definition,
            model: subject.model,
            workspace: subject.workspace,
            at: time
        )
    }

    /// Removes a suite. Its runs stay with the versions that they are about.
    package func remove(_ name: String) async throws -> Suite {
        try await changes.pass {
            let suite = try await suite(named: name)
            try await catalog.removeSuite(name)
            return suite
        }
    }

    // MARK: Runs

    /// Returns some of the runs of a suite, the newest first, and how many there are.
    package func runs(
        of suite: String,
        withCases: Bool,
        limit: Int,
        offset: Int
    ) async throws -> (found: [SuiteRun], total: Int) {
        try Name.check(suite, what: "suite name", field: "suite")
        let runs = try await catalog.suiteRuns(ofSuite: suite, withCases: withCases, limit: limit, offset: offset)
        if runs.total == 0 { _ = try await self.suite(named: suite) }
        return runs
    }

    /// Returns the runs on a version of a model, the newest first.
    package func runs(ofVersion version: String) async throws -> [SuiteRun] {
        try await catalog.suiteRuns(ofVersion: version)
    }

    /// - Parameter id: The run's ID, or the beginning of it.
    package func run(_ id: String) async throws -> SuiteRun {
        let text = id.lowercased()
        if let run = try await catalog.suiteRun(text) { return run }
        let ids = text.utf8.count < 4 ? [] : try await catalog.suiteRunIDs(startingWith: text)
        if let found = try ShortID.find(text, in: ids, id: { $0 }, kind: "runs of suites", field: "run"),
            let run = try await catalog.suiteRun(found)
        {
            return run
        }
        throw RoostError(.notFound, "There is no run '\(id.prefix(80))' of a suite.", field: "run")
    }

    /// Runs a suite on a version of its model, and returns when it has ended.
    ///
    /// The run is recorded first, so that the next server goes on with it if this one ends.
    ///
    /// - Parameters:
    ///   - reference: The suite's model, or for a suite of a pipeline any model that may take its place, with a version; the newest if
    ///     it has none.
    ///   - by: Who asks, as the client told.
    ///   - id: The run's ID, if the caller chooses it. A run that has it is not made again: it is awaited.
    package func run(
        _ name: String,
        on reference: ModelReference,
        cause: SuiteRun.Cause = .request,
        by: String? = nil,
        id: String? = nil
    ) async throws -> SuiteRun {
        if let id, try await catalog.suiteRun(id) != nil { return try await awaited(id) }
        return try await awaited(record(name, on: reference, cause: cause, by: by, id: id).id)
    }

    /// Begins to run a suite on a version of its model, and returns the recorded run, which waits for its turn.
    package func start(_ name: String, on reference: ModelReference, by: String?) async throws -> SuiteRun {
        let run = try await record(name, on: reference, cause: .request, by: by, id: nil)
        // Whoever asked does not wait for it; the record says what becomes of it.
        Task {
            do {
                _ = try await execute(run.id)
            } catch is CancellationError {
                // The server is stopping. The next one goes on with the run.
            } catch {
                logger.error("Could not run suite", metadata: ["suite": "\(run.suite)", "error": "\(error)"])
            }
        }
        return run
    }

    private func record(
        _ name: String,
        on reference: ModelReference,
        cause: SuiteRun.Cause,
        by: String?,
        id: String?
    ) async throws -> SuiteRun {
        let suite = try await suite(named: name)
        // What takes the place of a pipeline's model may have another name, as SageMaker's models do.
        guard reference.name == suite.model || suite.definition.pipeline != nil else {
            throw RoostError(
                .invalidInput,
                "Suite '\(name)' tests versions of model '\(suite.model)', not of '\(reference.name.prefix(80))'.",
                field: "version"
            )
        }
        let version = try await platform.modelVersion(reference, in: suite.workspace)
        let run = SuiteRun(
            id: id ?? UUID().uuidString.lowercased(),
            suite: name,
            revision: suite.revision,
            model: version.reference,
            workspace: suite.workspace,
            cause: cause,
            by: by,
            createdAt: now()
        )
        try await catalog.addSuiteRun(run)
        return run
    }

    /// Runs a suite as it is recorded, in a task of its own, so that a client that goes away does not end it.
    private func awaited(_ id: String) async throws -> SuiteRun {
        do {
            return try await Task { try await execute(id) }.value
        } catch is CancellationError {
            throw RoostError(.unavailable, "The server is stopping. The next one goes on with run \(id).")
        }
    }

    /// Runs a suite as it is recorded.
    ///
    /// - Returns: The run, which has ended.
    private func execute(_ id: String) async throws -> SuiteRun {
        try await runs.pass {
            guard let run = try await catalog.suiteRun(id) else {
                throw RoostError(.notFound, "The run was removed with its model version or its suite.", field: "run")
            }
            return run.outcome.isFinal ? run : try await begin(run)
        }
    }

    private func begin(_ recorded: SuiteRun) async throws -> SuiteRun {
        var run = recorded
        let attempts = run.attempts ?? 0
        guard attempts < Self.attemptLimit else {
            return try await end(run, .error, "The server ended \(attempts) times while the suite ran.")
        }
        guard let suite = try? await catalog.suite(named: run.suite) else {
            return try await end(run, .error, "The suite was removed.")
        }
        let watch = SuiteWatch()
        let isStopping = state.withLock { state in
            state.watch = watch
            return state.isStopping
        }
        guard !isStopping else { throw CancellationError() }
        run.attempts = attempts + 1
        run.revision = suite.revision
        run.outcome = .running
        run.startedAt = now()
        try await catalog.saveSuiteRun(run)
        let runner = SuiteRunner(platform: platform, functions: functions, suite: suite, watch: watch)
        do {
            let found = try await runner.run(run.model)
            run.cases = found.cases.map(\.finite)
            run.champion = found.champion
            return try await end(run, run.failures.isEmpty ? .passed : .failed, nil)
        } catch is CancellationError {
            // Not the suite's fault, so that it does not count.
            run.attempts = attempts
            run.outcome = .pending
            // In a task of its own, because this one is canceled.
            let pending = run
            try await Task { [catalog] in try await catalog.saveSuiteRun(pending) }.value
            throw CancellationError()
        } catch let error as RoostError {
            return try await end(run, .error, error.message)
        } catch {
            logger.error("Could not run suite", metadata: ["suite": "\(run.suite)", "error": "\(error)"])
            run.cases = []
            return try await end(run, .error, "The suite could not be run. See the server log.")
        }
    }

    private func end(_ recorded: SuiteRun, _ outcome: SuiteRun.Outcome, _ reason: String?) async throws -> SuiteRun {
        var run = recorded
        run.outcome = outcome
        run.reason = reason
        run.endedAt = now()
        let version = "\(run.model.name)@\((run.model.version ?? "").prefix(8))"
        let failures = run.failures.map { "'\($0.name)'" }
        let message =
            switch outcome {
            case .passed: "Suite '\(run.suite)' passed for \(version)."
            case .failed:
                "Suite '\(run.suite)' failed for \(version): \(failures.prefix(5).joined(separator: ", "))"
                    + "\(failures.count > 5 ? " and \(failures.count - 5) more" : "")."
            default: "Suite '\(run.suite)' could not be run for \(version): \((reason ?? "").prefix(500))"
            }
        var details = [
            "model": run.model.name, "version": run.model.version ?? "", "workspace": run.workspace, "run": run.id,
            "outcome": outcome.rawValue, "cause": run.cause.rawValue,
        ]
        if let job = run.job { details["job"] = job }
        let events = platform.serving.events
        let event = events.event(
            outcome == .passed ? .suitePassed : .suiteFailed,
            on: .init(.suite, run.suite),
            message,
            details: details,
            by: run.by
        )
        try await catalog.saveSuiteRun(run, event: event)
        events.wake()
        return run
    }
}

extension SuiteCaseResult {
    /// The same without measures that are not finite numbers, which JSON does not have.
    var finite: SuiteCaseResult {
        func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
        var result = self
        result.measures = measures.map { measure in
            var measure = measure
            measure.value = finite(measure.value)
            measure.champion = finite(measure.champion)
            (measure.lower, measure.upper) = (finite(measure.lower), finite(measure.upper))
            (measure.minimum, measure.maximum) = (finite(measure.minimum), finite(measure.maximum))
            return measure
        }
        return result
    }
}
