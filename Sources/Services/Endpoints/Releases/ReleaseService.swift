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
        var task: Task<Void, Never>?
        /// The step that is running.
        var step: Task<Void, any Error>?
        /// The canary, as it was last observed.
        var rollout: Rollout?
        /// The requests that both have answered in the shadow.
        var pairedUnits = 0
        /// The goal and the guardrails that are read from the log, as they were last read.
        var finding: LogFinding?
    }

    let platform: Platform
    let monitoring: Monitoring
    let catalog: Catalog
    let recorder: RolloutRecorder
    let logger: Logger
    let clock: any Clock<Duration>
    /// Returns the time for records.
    let now: @Sendable () -> Date
    var open: [String: Running] = [:]
    private let edits = Turnstile(capacity: 1)
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
        recorder = RolloutRecorder(catalog: catalog)
    }

    /// Goes on with the releases that had not ended when the server stopped. Call it after the deployments are restored.
    package func restore() async throws {
        for record in try await catalog.openReleases() {
            platform.released.set(record.release.id, of: record.release.pipeline)
            open[record.release.id] = Running(record: record)
            begin(record.release.id)
        }
    }

    /// Stops the releases in progress. The next start goes on with them.
    package func close() async {
        isClosed = true
        let tasks = open.values.compactMap(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func begin(_ id: String) {
        guard !isClosed else { return }
        open[id]?.task = Task {
            await run(id)
        }
    }

    // MARK: Reading

    /// Returns releases, newest first.
    ///
    /// - Parameter pipeline: `nil` for those of all pipelines.
    package func releases(of pipeline: String?) async throws -> [Release] {
        if let pipeline { _ = try await platform.pipeline(named: pipeline) }
        return try await catalog.releases(of: pipeline).map(\.release)
    }

    /// - Parameter text: The ID of a release, the beginning of it, or the name of a pipeline, which stands for its newest release.
    package func status(_ text: String) async throws -> ReleaseStatus {
        let record = try await record(text)
        if let running = open[record.release.id] { return status(of: running) }
        // What was counted gives the same evidence again.
        let (position, counts) = try await catalog.rollout(record.release.id)
        var rollout = Rollout(record.release.definition.rolloutPlan, elapsed: .zero, position: position)
        rollout.replay(counts)
        return ReleaseStatus(
            release: record.release,
            guardrails: counts.isEmpty ? [] : Self.guardrails(of: record.release, rollout)
        )
    }

    func record(_ text: String) async throws -> ReleaseRecord {
        if let newest = try await catalog.releases(of: text, limit: 1).first { return newest }
        let known = try await catalog.releaseIDs(startingWith: text.lowercased())
        guard let id = try ShortID.find(text, in: known, id: \.self, kind: "releases", field: "release"),
            let record = try await catalog.release(id)
        else { throw RoostError(.notFound, "Release '\(text.prefix(80))' does not exist.", field: "release") }
        return record
    }

    // MARK: Changes

    /// Returns what a release would do.
    package func plan(_ definition: ReleaseDefinition) async throws -> ReleasePlan {
        let checked = try await check(definition)
        return ReleasePlan(
            definition: checked.definition,
            champion: checked.champion,
            fromVersion: checked.version.id,
            level: try await level(of: checked.definition),
            lastHour: try await monitoring.requestCount(of: definition.pipeline, since: now().addingTimeInterval(-3600))
        )
    }

    /// Starts a release.
    package func start(_ definition: ReleaseDefinition, by: String?) async throws -> Release {
        let checked = try await check(definition)
        let id = UUID().uuidString.lowercased()
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
        if let other = try await catalog.add(record, event: event(.releaseStarted, release)) {
            throw RoostError(
                .conflict,
                "Pipeline '\(release.pipeline)' is being released already (release \(other.id.prefix(8))).",
                field: "pipeline"
            )
        }
        platform.serving.events.wake()
        platform.released.set(id, of: release.pipeline)
        open[id] = Running(record: record)
        begin(id)
        return release
    }

    private func check(_ definition: ReleaseDefinition) async throws -> CheckedRelease {
        try await checkNoEndpoint(definition.pipeline)
        return try await platform.check(definition)
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

    /// Returns the level of a release that promotes the better one.
    private func level(of definition: ReleaseDefinition) async throws -> Release.Level? {
        guard definition.goal != nil else { return nil }
        let before = try await catalog.releases(of: definition.pipeline)
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

    /// Keeps a release from going on to its next step. It is still watched.
    package func pause(_ text: String, by: String?) async throws -> Release {
        try await change(text, .releasePaused) { record in
            guard record.release.state == .running else { throw Self.notPossible("paused", record.release) }
            record.release.state = .paused
            record.release.reason = "Paused\(Self.suffix(by))."
        }
    }

    package func resume(_ text: String, by: String?) async throws -> Release {
        try await change(text, .releaseResumed) { record in
            guard record.release.state == .paused else { throw Self.notPossible("resumed", record.release) }
            record.release.state = .running
            record.release.reason = nil
        }
    }

    /// Goes back to what answered before. Returns before that.
    package func abort(_ text: String, by: String?) async throws -> Release {
        let release = try await change(text, .releaseAborted) { record in
            if case .returning = record.phase { throw Self.notPossible("aborted", record.release) }
            record.phase = .returning(.aborted)
            record.release.reason = "Aborted\(Self.suffix(by))."
        }
        open[release.id]?.step?.cancel()
        return release
    }

    /// Aborts the release of a pipeline, and waits until the pipeline answers as before: a rollback is always possible.
    ///
    /// - Returns: `nil` if the pipeline has none.
    package func rollBack(_ pipeline: String) async throws -> Deployment? {
        guard let id = platform.released[pipeline], let running = open[id] else { return nil }
        if case .returning = running.record.phase {} else { _ = try await abort(id, by: nil) }
        await running.task?.value
        return try await platform.deployment(of: pipeline)
    }

    /// Makes the candidate of a release the champion, whatever the evidence.
    func promote(_ id: String, _ request: PromotionRequest) async throws -> Release {
        let release = try await change(id) { record in
            if case .returning = record.phase { throw Self.notPossible("promoted", record.release) }
            record.request = request
            record.phase = .promotion
        }
        open[id]?.step?.cancel()
        return release
    }

    static func suffix(_ by: String?) -> String { by.map { " by \($0)" } ?? "" }

    static func notPossible(_ what: String, _ release: Release) -> RoostError {
        RoostError(
            .conflict,
            "The release is \(release.state.rawValue.replacing("_", with: " ")), so it cannot be \(what).",
            field: "release"
        )
    }

    private func change(
        _ text: String,
        _ event: EventKind? = nil,
        _ edit: @escaping @Sendable (inout ReleaseRecord) throws -> Void
    ) async throws -> Release {
        let record = try await record(text)
        guard open[record.release.id] != nil else {
            throw RoostError(
                .conflict,
                "Release \(record.release.id.prefix(8)) has ended: it was "
                    + "\(record.release.state.rawValue.replacing("_", with: " ")).",
                field: "release"
            )
        }
        return try await self.edit(record.release.id, event, edit)
    }

    /// Changes the record of an open release. The change is on the disk before it is seen.
    ///
    /// - Parameter event: Recorded with it.
    @discardableResult
    func edit(
        _ id: String,
        _ event: EventKind? = nil,
        _ edit: @escaping @Sendable (inout ReleaseRecord) throws -> Void
    ) async throws -> Release {
        // One after the other, because each begins with the record that the one before has left.
        try await edits.pass { try await apply(edit, event, to: id) }
    }

    private func apply(
        _ edit: @escaping @Sendable (inout ReleaseRecord) throws -> Void,
        _ kind: EventKind?,
        to id: String
    ) async throws -> Release {
        guard var record = open[id]?.record else { throw CancellationError() }
        try edit(&record)
        try await catalog.save(record, event: kind.map { event($0, record.release) })
        open[id]?.record = record
        if kind != nil { platform.serving.events.wake() }
        return record.release
    }

    private func event(_ kind: EventKind, _ release: Release) -> NewEvent {
        let name = "release \(release.id.prefix(8)) of pipeline '\(release.pipeline)'"
        let message =
            switch kind {
            case .releaseStarted: "Started \(name): '\(release.candidate)' is to replace '\(release.champion)'."
            case .releasePromoted: "Completed \(name): '\(release.candidate)' is the champion."
            case .releaseResumed: "Resumed \(name)."
            case .releaseFailed: "The \(name) failed: \(release.reason ?? "")"
            default: "\(release.reason ?? "") It was \(name)."
            }
        var details = [
            "pipeline": release.pipeline, "champion": release.champion.description,
            "candidate": release.candidate.description,
        ]
        details["reason"] = release.reason
        return platform.serving.events.event(
            kind,
            on: .init(.release, release.id),
            message,
            details: details,
            by: release.by
        )
    }
}
