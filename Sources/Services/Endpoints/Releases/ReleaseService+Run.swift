import Catalog
import Definitions
import Foundation
import Logging
import Monitoring
import Pipelines
import Platform
import Serving

/// The steps of a release, one after the other. Each is repeated by the next server if this one stops in the middle of it.
extension ReleaseService {
    func run(_ id: String) async {
        var failures = 0
        while let record = open[id]?.record {
            do {
                switch record.phase {
                case _ where record.isHeld: try await clock.sleep(for: .seconds(1))
                case .replay: try await runReplay(id)
                case .shadow: try await runShadow(id)
                case .canary: try await runCanary(id)
                case .promotion: try await promote(id)
                case .returning(let state): try await goBack(id, state)
                }
            } catch is PhaseChanged {
                continue
            } catch {
                // The server is stopping.
                guard !Task.isCancelled, !(error is CancellationError) else { return }
                logger.error("Could not go on with a release", metadata: ["release": "\(id)", "error": "\(error)"])
                let reason = (error as? RoostError)?.message ?? "Internal error. See the server log."
                if await takeBack(id, .failed, .releaseFailed, reason) { continue }
                // What should be taken back is tried again, until it is.
                failures += 1
                try? await clock.sleep(for: .seconds(min(60, 1 << min(failures, 6))))
            }
        }
    }

    /// The release's definition, checked against the version that answered before.
    func checked(_ record: ReleaseRecord) async throws -> CheckedRelease {
        let release = record.release
        let pipeline = try await platform.pipeline(named: release.pipeline)
        let version = try await platform.pipelineVersion(release.fromVersion, of: release.pipeline)
        guard let step = version.steps.firstIndex(of: .model(release.champion)) else {
            throw RoostError(.internalError, "The release's champion is not a model of the pipeline.")
        }
        return CheckedRelease(
            definition: release.definition,
            champion: release.champion,
            pipeline: pipeline,
            version: version,
            step: step
        )
    }

    // MARK: Canary

    private func runCanary(_ id: String) async throws {
        guard let record = open[id]?.record else { return }
        let checked = try await checked(record)
        let name = record.release.pipeline
        let definition = record.release.definition
        // Not in one line: what others change of the release while this waits would be undone.
        let course = await keptCourse(id)
        open[id]?.course = course
        let reading = Task { await read(id) }
        let keeping = Task { await keepCourses(id) }
        defer {
            reading.cancel()
            keeping.cancel()
        }
        let driver = RolloutDriver(
            id: id,
            plan: definition.rolloutPlan,
            elapsed: .zero,
            oldCount: 1,
            beat: beat,
            recorder: recorder,
            catalog: catalog,
            clock: clock,
            logger: logger,
            route: { [self] rollout in
                try await enter(rollout, of: id, checked)
                // A unit that comes again counts once.
                guard definition.hashKey != nil, let current = platform.serving.served[name]?.current else { return }
                current.seenUnits.begin(
                    with: try await monitoring.units(of: name, experimentOf: current.executable.versionID)
                )
            },
            current: { [platform] in platform.serving.served[name]?.current },
            gate: { [self] in await gate(id, $0) },
            note: { [self] in await note(id, $0) }
        )
        defer { platform.serving.served[name]?.current.seenUnits.end() }
        let (end, rollout) = try await driver.run()
        note(id, rollout)
        reading.cancel()
        guard open[id]?.record.phase == .canary else { return }
        switch end {
        case .complete:
            try await edit(id) { record in
                // It may have been paused or aborted meanwhile.
                if record.phase == .canary, record.release.state == .running { record.phase = .promotion }
            }
        case .rollBack(let reason):
            await takeBack(id, .rolledBack, .releaseRolledBack, "Rolled back \(reason)") { $0.phase == .canary }
        }
    }

    /// Lets a stage answer.
    private func enter(_ rollout: Rollout, of id: String, _ checked: CheckedRelease) async throws {
        guard let record = open[id]?.record, record.phase == .canary else { return }
        let name = record.release.pipeline
        let share = rollout.share
        let percentage = share.formatted(.percent.precision(.significantDigits(1...4)))
        let isKnown = open[id]?.record.release.steps.last.map { $0.share == share && $0.endedAt == nil } ?? false
        if !isKnown {
            let time = now()
            try await edit(id) { record in
                record.endStep(at: time, units: rollout.unitsBefore)
                record.release.steps.append(Release.Step(kind: .canary, share: share, startedAt: time))
            }
        }
        let version = try await publish(
            checked.pipelineDefinition(share: share),
            of: id,
            cause(
                .releaseStage,
                record.release,
                "The candidate of pipeline '\(name)' answers \(percentage) of the requests.",
                by: record.release.by,
                ["share": "\(share)"],
                rollback: checked.version.id
            )
        )
        if record.experiment != version.experiment?.id { try await edit(id) { $0.experiment = version.experiment?.id } }
        logger.info(
            "Release reached a stage",
            metadata: ["pipeline.name": "\(name)", "release": "\(id)", "traffic.share": "\(share)"]
        )
    }

    /// Makes a definition the pipeline's newest version, unless it is, and returns once that version answers.
    @discardableResult
    func publish(
        _ definition: PipelineDefinition,
        of id: String,
        _ cause: DeploymentCause,
        promotion: Promotion? = nil
    ) async throws -> PipelineVersion {
        // The gate may have been set since the release began.
        try await platform.checkGate(
            of: definition.name,
            in: definition.workspace ?? Workspace.defaultName,
            definition.steps,
            by: cause.asker
        )
        let (pipeline, _) = try await platform.define(
            definition,
            mustBeNew: false,
            promotion: promotion,
            release: id
        )
        try await platform.deployAndWait(definition.name, version: pipeline.version.id, cause: cause, release: id)
        return pipeline.version
    }

    /// The cause of a deployment, which tells about its pipeline.
    ///
    /// - Parameter asker: Who asked for it, if somebody did.
    func cause(
        _ kind: EventKind,
        _ release: Release,
        _ message: String,
        by asker: String?,
        _ details: [String: String] = [:],
        rollback: String?
    ) -> DeploymentCause {
        DeploymentCause(
            kind,
            message,
            by: asker,
            details: ["release": release.id].merging(details) { $1 },
            rollback: .version(rollback)
        )
    }

    // MARK: The end

    private func promote(_ id: String) async throws {
        await keepReport(id)
        guard let record = open[id]?.record else { return }
        let checked = try await checked(record)
        let promotion = Promotion(
            promotedAt: now(),
            by: record.request?.by,
            challenger: record.release.candidate,
            champion: record.release.champion,
            fromVersion: record.release.fromVersion,
            report: record.request?.report ?? record.release.steps.last?.report,
            release: id
        )
        let version = try await publish(
            checked.pipelineDefinition(.model(record.release.candidate)),
            of: id,
            cause(
                .pipelinePromoted,
                record.release,
                "Pipeline '\(record.release.pipeline)' answers with '\(record.release.candidate.brief)', its new champion.",
                by: record.request?.by,
                rollback: record.release.fromVersion
            ),
            promotion: promotion
        )
        try await close(id, .promoted, after: .promotion) { $0.toVersion = version.id }
    }

    private func goBack(_ id: String, _ state: Release.State) async throws {
        guard let record = open[id]?.record else { return }
        let release = record.release
        var cause = cause(
            .pipelineRolledBack,
            release,
            "Pipeline '\(release.pipeline)' answers as before its release.",
            by: record.abortedBy,
            rollback: record.previousVersion
        )
        cause.answersUnrecorded = true
        cause.isGated = false
        try await platform.deployAndWait(release.pipeline, version: release.fromVersion, cause: cause, release: id)
        if let kind = open[id]?.unrecorded {
            try await edit(id, kind, by: record.abortedBy) { _ in }
            open[id]?.unrecorded = nil
        }
        await keepReport(id)
        // The version that answers is the newest one again, so that the next change starts from it.
        let checked = try await checked(record)
        _ = try await platform.define(
            checked.pipelineDefinition(.model(release.champion)),
            mustBeNew: false,
            release: id
        )
        try await close(id, state, after: .returning(state))
    }

    /// Ends a release, unless it does something else by now.
    private func close(
        _ id: String,
        _ state: Release.State,
        after phase: ReleaseRecord.Phase,
        _ change: @escaping @Sendable (inout Release) -> Void = { _ in }
    ) async throws {
        let time = now()
        let rollout = try await lastRollout(id)
        await keepCourse(id)
        let release = try await edit(
            id,
            state == .promoted ? .releasePromoted : nil,
            by: open[id]?.record.request?.by
        ) { record in
            // Aborting a promotion takes it back.
            guard record.phase == phase else { throw PhaseChanged() }
            record.endStep(at: time, units: rollout?.position.units ?? 0)
            record.guardrails = rollout.map { Self.guardrails(of: record.release, $0) }
            record.release.state = state
            record.release.endedAt = time
            change(&record.release)
        }
        open[id]?.limit?.cancel()
        open[id] = nil
        platform.released.set(nil, of: release.pipeline)
        logger.info(
            "Release ended",
            metadata: [
                "pipeline.name": "\(release.pipeline)", "release": "\(id)", "release.state": "\(state.rawValue)",
                "reason": "\(release.reason ?? "")",
            ]
        )
    }

    /// Returns the canary as it was last observed, perhaps by an earlier server; `nil` if it had not begun or cannot be read.
    private func lastRollout(_ id: String) async throws -> Rollout? {
        guard let running = open[id], running.rollout == nil else { return open[id]?.rollout }
        guard running.record.release.steps.last?.kind == .canary else { return nil }
        do {
            // What was counted gives the same evidence again.
            let stored = try await catalog.rollout(id)
            let plan = running.record.release.definition.rolloutPlan
            return Rollout(plan, elapsed: .zero, position: stored.position, counts: stored.counts)
        } catch let error as DecodingError {
            // Damaged counts must not keep the release from ending.
            logger.error("Could not read a roll-out", metadata: ["release": "\(id)", "error": "\(error)"])
            return nil
        }
    }
}

/// A release that was about to end does something else.
struct PhaseChanged: Error {}

extension ReleaseRecord {
    /// Whether the release has neither been decided nor ended.
    var isAtStep: Bool { [.replay, .shadow, .canary].contains(phase) }

    /// Whether the release is paused before a step that has not begun.
    var isHeld: Bool {
        guard release.state == .paused else { return false }
        switch phase {
        case .replay, .promotion, .returning: return false
        case .shadow: return release.steps.last?.kind != .shadow
        case .canary: return release.steps.last?.kind != .canary
        }
    }

    /// Ends the step that is running.
    ///
    /// - Parameter units: The units of the stage, if it is one.
    mutating func endStep(at time: Date, units: Int) {
        guard let last = release.steps.indices.last, release.steps[last].endedAt == nil else { return }
        release.steps[last].endedAt = time
        if release.steps[last].kind == .canary { release.steps[last].units = units }
    }
}
