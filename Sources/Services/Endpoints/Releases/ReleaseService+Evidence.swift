import Catalog
import Definitions
import Foundation
import Logging
import Monitoring
import Statistics

/// What the log says about a release: the goal, and the guardrails that are not counted with each request.
struct LogFinding: Sendable {
    /// That the candidate is better in the goal, by the canary alone; `nil` without a goal.
    var better: LadderEvidence.Step?
    /// Why the release must be taken back, as a clause that begins with "because".
    var problem: String?
}

extension ReleaseService {
    /// A computation may take this share of the time, because it reads the log of the whole experiment.
    static let share = 1.0 / 20

    /// Looks at the log again and again, as long as the canary runs.
    func read(_ id: String) async {
        guard let definition = open[id]?.record.release.definition,
            definition.goal != nil || !definition.loggedGuardrails.isEmpty
        else { return }
        while !Task.isCancelled {
            let start = ContinuousClock.now
            if open[id]?.rollout != nil { await look(id, definition) }
            let pause = max(.seconds(2), start.duration(to: .now) * (1 / Self.share))
            try? await clock.sleep(for: pause)
        }
    }

    private func look(_ id: String, _ definition: ReleaseDefinition) async {
        do {
            guard let found = try await experimentGoal(id, isKept: false),
                let comparison = found.report.experiment?.comparisons.first
            else { return }
            var finding = LogFinding()
            if definition.goal != nil { finding.better = LadderEvidence.Step(found.evidence.better) }
            if let broken = comparison.guardrails.first(where: \.isBroken) {
                finding.problem =
                    "because guardrail '\(broken.metric.metric.metric)' is worse than before: "
                    + "\(Self.text(broken.challenger)), compared with \(Self.text(broken.champion))."
            } else if comparison.verdict == .invalid {
                finding.problem = "because the requests were not split as the weights say, so nothing can be concluded."
            } else if comparison.verdict == .worse, definition.goal != nil {
                finding.problem = "because the candidate is worse on the goal: \(comparison.reason)"
            }
            open[id]?.finding = finding
        } catch is CancellationError {
            // The canary has ended.
        } catch {
            logger.warning("Could not read a release's log", metadata: ["release": "\(id)", "error": "\(error)"])
        }
    }

    private func experimentGoal(_ id: String, isKept: Bool) async throws -> ExperimentGoal? {
        guard let record = open[id]?.record, let experiment = record.experiment else { return nil }
        let definition = record.release.definition
        return try await monitoring.experimentGoal(
            of: definition.pipeline,
            definition.goal ?? GoalMetric(metric: "errors"),
            guardrails: isKept ? definition.guardrails ?? [] : definition.loggedGuardrails,
            experiment: experiment,
            candidate: definition.candidate,
            excluding: catalog.units(of: id),
            isKept: isKept
        )
    }

    /// Keeps the report on the canary, and what it adds to the evidence. The release does not depend on it.
    func keepReport(_ id: String) async {
        do {
            guard let found = try await experimentGoal(id, isKept: true) else { return }
            try await edit(id) { record in
                guard let last = record.release.steps.lastIndex(where: { $0.kind == .canary }) else { return }
                record.release.steps[last].report = found.report.id
                if record.release.level != nil {
                    record.release.steps[last].evidence = Evidence.factor(found.evidence.better.logarithm)
                }
            }
        } catch is CancellationError {
            // The server is stopping.
        } catch {
            logger.warning("Could not make a release's report", metadata: ["release": "\(id)", "error": "\(error)"])
        }
    }

    private static func text(_ estimate: Estimate?) -> String {
        estimate.map { "\($0.value.formatted(.number.precision(.significantDigits(1...4)))) of \($0.count)" }
            ?? "nothing"
    }

    /// What all steps show so far, that the candidate is better in the goal; `nil` without a goal.
    func ladder(_ running: Running) -> LadderEvidence? {
        guard let level = running.record.release.level else { return nil }
        let before = running.record.evidence.map { LadderEvidence.Step(logarithm: $0.logarithm, maximum: $0.maximum) }
        return LadderEvidence(before + [running.finding?.better].compactMap(\.self), level: level.value)
    }

    /// Whether a release may go on, as its canary asks about once a second.
    func gate(_ id: String, _ rollout: Rollout) -> RolloutDriver.Gate {
        guard let running = open[id] else { return RolloutDriver.Gate(isHeld: true, mayAdvance: false) }
        var gate = RolloutDriver.Gate(isHeld: running.record.release.state == .paused)
        if running.record.phase != .canary {
            gate.end = running.record.phase == .promotion ? .complete : .rollBack(reason: "")
        } else if let problem = running.finding?.problem {
            gate.end = .rollBack(reason: problem)
        }
        if rollout.isBeforeAllTraffic {
            gate.mayAdvance = blocker(running) == nil
        }
        return gate
    }

    /// Why the candidate may not answer all requests yet; `nil` if it may.
    private func blocker(_ running: Running) -> String? {
        switch running.record.release.definition.promote {
        case .safe: nil
        case .manual: "a promotion"
        case .better: ladder(running)?.isBetter == true ? nil : "evidence that the candidate is better"
        }
    }

    // MARK: Status

    func status(of running: Running) -> ReleaseStatus {
        var status = ReleaseStatus(release: running.record.release)
        let definition = running.record.release.definition
        if let ladder = ladder(running) {
            status.evidence = .init(
                value: Evidence.factor(ladder.maximum),
                bound: Evidence.bound(atAlpha: ladder.level)
            )
        }
        if running.record.release.state == .paused, running.record.isAtStep {
            status.waitingFor = "someone to resume it"
        } else if running.record.phase == .shadow, let shadow = definition.shadow {
            status.waitingFor = waiting(running, shadow)
            status.release.countUnits(running.pairedUnits)
        }
        guard running.record.phase == .canary, let rollout = running.rollout else { return status }
        let position = rollout.position
        let stage = definition.stages[position.stage]
        status.release.countUnits(position.units)
        status.stage = .init(
            index: position.stage,
            share: stage.share,
            watchedSeconds: position.watched.seconds,
            duration: stage.duration,
            units: position.units,
            unitsNeeded: stage.units
        )
        status.guardrails = Self.guardrails(of: running.record.release, rollout)
        guard running.record.release.state == .running else { return status }
        if position.watched < .bounded(seconds: stage.duration.seconds) {
            status.waitingFor = "the end of the stage's time"
        } else if position.units < stage.units {
            status.waitingFor = Self.more(stage.units - position.units)
        } else if rollout.isBeforeAllTraffic {
            status.waitingFor = blocker(running)
        }
        return status
    }

    /// The guardrails that are counted with each request.
    static func guardrails(of release: Release, _ rollout: Rollout) -> [ReleaseStatus.Guardrail] {
        let rated = (release.definition.guardrails ?? []).filter { $0.rate != nil }
        return zip(rated, rollout.evidence.watches).map { guardrail, watch in
            .init(
                metric: guardrail,
                champion: watch.old.rate,
                candidate: watch.new.rate,
                evidence: Evidence.factor(watch.evidence.maximum),
                bound: Evidence.bound(atAlpha: watch.guardrail.alpha)
            )
        }
    }

    /// What the shadow waits for.
    private func waiting(_ running: Running, _ shadow: ReleaseDefinition.Shadow) -> String? {
        if running.record.shadowSeconds < Double(shadow.duration.seconds) { return "the end of the shadow's time" }
        return running.pairedUnits < shadow.units ? Self.more(shadow.units - running.pairedUnits) : nil
    }

    private static func more(_ units: Int) -> String { units == 1 ? "1 more unit" : "\(units) more units" }
}

extension Release {
    /// Sets the units of the step that is running, which its record has only when it has ended.
    fileprivate mutating func countUnits(_ units: Int) {
        guard let last = steps.indices.last, steps[last].endedAt == nil else { return }
        steps[last].units = units
    }
}

extension RolloutEvidence.Watch.Proportion {
    /// `nil` without units.
    fileprivate var rate: Double? { count > 0 ? Double(events) / Double(count) : nil }
}
