package import Catalog
package import Definitions
import Events
package import Foundation
package import Logging
package import Monitoring
package import Platform
import Processes
import Serving
import Statistics

/// Manages all releases: each moves a candidate step by step to the place of its pipeline's model, or goes back by itself.
///
/// What a release does next is recorded before it is done. If the server stops before the release has ended, the next start goes on.
package actor ReleaseService {
    /// A release that has not ended.
    struct Running {
        var record: ReleaseRecord
        /// The event of a change that could not be recorded yet.
        var unrecorded: EventKind?
        /// `nil` if the release stands still, because the server runs in safe mode or is starting.
        var task: Task<Void, Never>?
        /// Takes the release back when its time is over.
        var limit: Task<Void, Never>?
        /// The replay that is running.
        var replay: Task<PairedGoal, any Error>?
        /// The canary, as it was last observed.
        var rollout: Rollout?
        /// The evidence of the canary over time; `nil` until the canary runs on this server.
        var course: ReleaseCourse?
        /// The requests that both have answered in the shadow.
        var pairedUnits = 0
        /// The goal and the guardrails that are read from the log, as they were last read.
        var finding: LogFinding?
    }

    let platform: Platform
    let monitoring: Monitoring
    let catalog: Catalog
    let beat: RolloutBeat
    let recorder: RolloutRecorder
    let logger: Logger
    let clock: any Clock<Duration>
    /// Returns the time for records.
    let now: @Sendable () -> Date
    var open: [String: Running] = [:]
    let edits = Turnstile(capacity: 1)
    private var isClosed = false

    package init(
        catalog: Catalog,
        platform: Platform,
        monitoring: Monitoring,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.catalog = catalog
        self.platform = platform
        self.monitoring = monitoring
        self.logger = logger
        self.clock = clock
        self.now = now
        beat = RolloutBeat(clock: clock)
        recorder = RolloutRecorder(catalog: catalog)
    }

    /// Finds the releases that had not ended when the server stopped. From here on, nobody else changes their pipelines.
    package func prepare() async throws {
        for record in try await catalog.openReleases() {
            platform.released.set(record.release.id, of: record.release.pipeline)
            open[record.release.id] = Running(record: record)
        }
    }

    /// Goes on with what ``prepare()`` has found. Call it after the deployments are restored.
    package func restore() {
        for (id, running) in open where running.task == nil { begin(id) }
    }

    /// Stops the releases in progress. The next start goes on with them.
    package func close() async {
        isClosed = true
        let tasks = open.values.flatMap { [$0.task, $0.limit].compactMap(\.self) }
        for task in tasks { task.cancel() }
        beat.wakeAll()
        for task in tasks { await task.value }
        for id in open.keys { await keepCourse(id) }
    }

    func begin(_ id: String) {
        guard !isClosed else { return }
        open[id]?.task = Task { await run(id) }
        guard let release = open[id]?.record.release, let limit = release.definition.timeLimit else { return }
        let elapsed = Int(saturating: now().timeIntervalSince(release.createdAt))
        let rest = Duration.bounded(seconds: limit.seconds) - .bounded(seconds: elapsed)
        open[id]?.limit = Task {
            try? await clock.sleep(for: max(.zero, rest))
            guard !Task.isCancelled else { return }
            let reason = "Rolled back because it took longer than its limit of \(limit.seconds) s."
            await takeBack(id, .rolledBack, .releaseRolledBack, reason) { $0.isAtStep }
        }
    }

    // MARK: Reading

    /// Returns a page of releases, newest first, how many there are, and how many of them have not ended.
    package func releases(
        of filter: PipelineFilter,
        limit: Int,
        offset: Int
    ) async throws -> (found: [Release], total: Int, open: Int) {
        if let pipeline = filter.pipeline { _ = try await platform.pipeline(named: pipeline) }
        let found = try await catalog.releases(of: filter, limit: limit, offset: offset).map(\.release)
        let (total, open) = try await catalog.releaseCounts(of: filter)
        return (found, total, open)
    }

    /// Returns the releases that have not ended, by the names of their pipelines.
    package func openReleases() -> [ReleaseStatus] {
        open.values.map { status(of: $0) }.sorted { $0.release.pipeline < $1.release.pipeline }
    }

    /// - Parameter text: The ID of a release, the beginning of it, or the name of a pipeline, which stands for its newest release.
    package func status(_ text: String) async throws -> ReleaseStatus {
        let record = try await record(text)
        if let running = open[record.release.id] { return status(of: running) }
        return ReleaseStatus(release: record.release, guardrails: record.guardrails ?? [])
    }

    func record(_ text: String) async throws -> ReleaseRecord {
        if let newest = try await catalog.releases(of: PipelineFilter(pipeline: text), limit: 1).first { return newest }
        let known = try await catalog.releaseIDs(startingWith: text.lowercased())
        guard let id = try ShortID.find(text, in: known, id: \.self, kind: "releases", field: "release"),
            let record = try await catalog.release(id)
        else { throw RoostError(.notFound, "Release '\(text.prefix(80))' does not exist.", field: "release") }
        return record
    }

    // MARK: Changes

    /// Returns what a release would do.
    package func plan(_ definition: ReleaseDefinition) async throws -> ReleasePlan {
        let checked = try await check(definition, by: nil)
        return ReleasePlan(
            definition: checked.definition,
            champion: checked.champion,
            fromVersion: checked.version.id,
            level: try await level(of: checked.definition),
            lastHour: try await monitoring.requestCount(of: definition.pipeline, since: now().addingTimeInterval(-3600))
        )
    }

    /// Starts a release.
    ///
    /// - Parameter id: A lowercase UUID that no release has.
    package func start(
        _ definition: ReleaseDefinition,
        by: String?,
        id: String = UUID().uuidString.lowercased()
    ) async throws -> Release {
        let checked = try await check(definition, by: by)
        let release = Release(
            id: id,
            definition: checked.definition,
            champion: checked.champion,
            by: by,
            createdAt: now(),
            fromVersion: checked.version.id,
            level: try await level(of: checked.definition)
        )
        let record = ReleaseRecord(
            release: release,
            phase: Self.phase(after: nil, of: checked.definition),
            previousVersion: checked.pipeline.deployment?.previousVersion
        )
        try platform.released.claim(release.pipeline, for: id)
        do {
            try await add(record, to: checked.pipeline)
        } catch {
            platform.released.set(nil, of: release.pipeline)
            throw error
        }
        platform.serving.events.wake()
        open[id] = Running(record: record)
        begin(id)
        return release
    }

    private func check(_ definition: ReleaseDefinition, by asker: String?) async throws -> CheckedRelease {
        try await checkNoEndpoint(definition.pipeline)
        return try await platform.check(definition, by: asker)
    }

    /// - Throws: ``RoostError`` if the pipeline is that of an endpoint, which has updates of its own.
    func checkNoEndpoint(_ pipeline: String) async throws {
        guard try await catalog.endpoints().contains(where: { $0.name == pipeline }) else { return }
        throw RoostError(
            .conflict,
            "Pipeline '\(pipeline)' is that of an endpoint. Update the endpoint with a DeploymentConfig instead.",
            field: "pipeline"
        )
    }

    /// Records a release, unless what it was checked against has changed. Nobody else changes it from here on.
    private func add(_ record: ReleaseRecord, to pipeline: Pipeline) async throws {
        let release = record.release
        let event = event(.releaseStarted, release, by: release.by)
        try await platform.storing(for: pipeline) { [catalog, platform] in
            let deployment = await platform.serving.deployment(of: release.pipeline)
            guard deployment?.version == release.fromVersion, deployment?.state == .running else {
                throw RoostError(
                    .conflict,
                    "The deployment of pipeline '\(release.pipeline)' was changed meanwhile. Try again.",
                    field: "pipeline"
                )
            }
            _ = try await catalog.modelVersion(release.candidate, in: pipeline.workspace)
            try await catalog.add(record, event: event)
        }
    }

    /// Returns the level of a release that promotes the better one.
    private func level(of definition: ReleaseDefinition) async throws -> Release.Level? {
        guard definition.goal != nil else { return nil }
        let before = try await catalog.releases(of: PipelineFilter(pipeline: definition.pipeline), limit: .max)
            .filter { $0.release.level != nil && $0.release.definition.promote == .better }
        let alpha = definition.alpha ?? definition.goal?.alpha ?? 0.05
        // Those that the evidence promoted, and no one by hand.
        let promotions = before.count { $0.release.state == .promoted && $0.request == nil }
        guard var loop = OnlineDiscovery(alpha: alpha, tests: before.count, discoveries: promotions) else { return nil }
        let value = loop.begin()
        return Release.Level(
            alpha: alpha,
            position: before.count + 1,
            promotions: promotions,
            value: definition.promote == .better ? value : alpha
        )
    }

    /// The step after another one, or the first one.
    static func phase(after step: Release.StepKind?, of definition: ReleaseDefinition) -> ReleaseRecord.Phase {
        if step == nil, definition.replay != nil { return .replay }
        if step != .shadow, definition.shadow != nil { return .shadow }
        return .canary
    }
}
