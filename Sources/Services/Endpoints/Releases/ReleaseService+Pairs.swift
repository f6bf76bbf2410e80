import Catalog
import Definitions
import Foundation
import Monitoring
import Serving
import Statistics

/// The steps in which the candidate does not answer yet: it is compared with the champion on the same requests.
extension ReleaseService {
    /// The level at which a candidate that is worse is stopped.
    private static let guardrailAlpha = RateGuardrail.defaultAlpha
    /// How often a shadow is looked at, at most.
    private static let interval: Duration = .seconds(2)

    func runReplay(_ id: String) async throws {
        guard let record = open[id]?.record, let requests = record.release.definition.replay else { return }
        let definition = record.release.definition
        try await beginStep(.replay, id)
        let replay = Task { [monitoring] in
            try await monitoring.pairedGoal(
                of: definition.pipeline,
                definition.pairedGoal,
                start: nil,
                end: record.release.createdAt,
                candidate: definition.candidate,
                in: .replay(requests: requests, replaces: definition.replaces)
            )
        }
        // Whoever takes the release back or promotes it does not wait for the replay.
        open[id]?.replay = replay
        defer { open[id]?.replay = nil }
        if open[id]?.record.phase != .replay { replay.cancel() }
        do {
            let found = try await withTaskCancellationHandler {
                try await replay.value
            } onCancel: {
                replay.cancel()
            }
            try await end(.replay, id, found, by: definition)
        } catch {
            guard open[id]?.record.phase != .replay else { throw error }
        }
    }

    func runShadow(_ id: String) async throws {
        guard let record = open[id]?.record, let shadow = record.release.definition.shadow else { return }
        let definition = record.release.definition
        let checked = try await checked(record)
        let begin = try await beginStep(.shadow, id)
        try await publish(
            checked.shadowDefinition,
            of: id,
            cause(
                .releaseStage,
                record.release,
                "The candidate of pipeline '\(definition.pipeline)' runs in the shadow of the champion.",
                by: record.release.by,
                rollback: checked.version.id
            )
        )
        let counted = try await catalog.units(of: id)
        let time = clock.stopwatch()
        var last = time()
        var pause = Self.interval
        while let current = open[id]?.record, current.phase == .shadow {
            try await clock.sleep(for: pause)
            let now = time()
            let passed = (now - last).seconds
            last = now
            guard open[id]?.record.release.state == .running else { continue }
            let watched = try await edit(id) { $0.shadowSeconds += passed }
            let seconds = open[id]?.record.shadowSeconds ?? 0
            let found = try await monitoring.pairedGoal(
                of: definition.pipeline,
                definition.pairedGoal,
                start: begin,
                end: nil,
                candidate: watched.candidate,
                in: .shadow,
                excluding: counted,
                isKept: false
            )
            pause = max(Self.interval, (time() - last) * (1 / Self.share))
            let units = found.report?.shadow?.challengers.first?.requests ?? 0
            open[id]?.pairedUnits = units
            let isWorse = found.evidence.worse.rejects(atAlpha: Self.guardrailAlpha)
            guard isWorse || seconds >= Double(shadow.duration.seconds) && units >= shadow.units else { continue }
            // What was counted now decides, so the report is of now.
            let kept = try await monitoring.pairedGoal(
                of: definition.pipeline,
                definition.pairedGoal,
                start: begin,
                end: found.report?.end,
                candidate: watched.candidate,
                in: .shadow,
                excluding: counted
            )
            return try await end(.shadow, id, kept, by: definition)
        }
    }

    /// Begins a step, unless an earlier server has, and returns when it began.
    @discardableResult
    private func beginStep(_ kind: Release.StepKind, _ id: String) async throws -> Date {
        if let last = open[id]?.record.release.steps.last, last.kind == kind { return last.startedAt }
        let time = now()
        try await edit(id) { record in
            record.endStep(at: time, units: 0)
            record.release.steps.append(Release.Step(kind: kind, startedAt: time))
        }
        return time
    }

    /// Ends a step: the release goes on, or goes back if the candidate is worse.
    private func end(
        _ kind: Release.StepKind,
        _ id: String,
        _ found: PairedGoal,
        by definition: ReleaseDefinition
    ) async throws {
        let phase: ReleaseRecord.Phase = kind == .replay ? .replay : .shadow
        let isCounted = definition.goal == definition.pairedGoal
        let isWorse = found.evidence.worse.rejects(atAlpha: Self.guardrailAlpha)
        let time = now()
        let comparison = found.report?.shadow?.challengers.first
        let finding = Self.finding(comparison, found.report)
        let event: EventKind? = isWorse ? .releaseRolledBack : nil
        try await edit(id, event, counting: isCounted ? found.countedUnits : []) { record in
            // It may have been aborted or promoted meanwhile.
            guard record.phase == phase else { throw PhaseChanged() }
            if let last = record.release.steps.indices.last {
                record.release.steps[last].endedAt = time
                record.release.steps[last].units = comparison?.requests ?? 0
                record.release.steps[last].report = found.report?.id
                record.release.steps[last].finding = finding
                if isCounted { record.release.steps[last].evidence = Evidence.factor(found.evidence.better.logarithm) }
            }
            if isCounted {
                let better = found.evidence.better
                record.evidence.append(.init(logarithm: better.logarithm, maximum: better.maximum))
            }
            guard isWorse else {
                record.phase = Self.phase(after: kind, of: definition)
                return
            }
            record.phase = .returning(.rolledBack)
            record.release.reason = "Rolled back because the candidate is worse in the \(kind.rawValue): \(finding)"
        }
    }

    private static func finding(_ comparison: ShadowComparison?, _ report: Report?) -> String {
        guard let comparison else {
            return report?.notes.first ?? "The log has no requests that both have answered."
        }
        var parts = ["\(comparison.requests) requests"]
        if let agreement = comparison.agreement {
            parts.append("\(agreement.value.formatted(.percent.precision(.fractionLength(0...1)))) same decisions")
        }
        if let failures = comparison.failures {
            parts.append("\(failures.value.formatted(.percent.precision(.fractionLength(0...1)))) failed")
        }
        return parts.joined(separator: ", ") + "."
    }
}

extension ReleaseDefinition {
    /// The goal of the steps without an answer. Their latency is not that of an answer, so the errors take its place.
    fileprivate var pairedGoal: GoalMetric {
        guard let goal, goal.metric != "latency" else { return GoalMetric(metric: "errors") }
        return goal
    }
}
