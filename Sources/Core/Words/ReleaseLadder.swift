package import Definitions
import Foundation

extension ReleaseWords {
    /// A step of the ladder.
    package struct Rung: Sendable {
        package var outcome: Status
        /// The time and the units that it takes.
        package var plan: String
        /// What it has come to.
        package var progress: String
        package var isCurrent: Bool
        /// How far it is, from 0 to 1.
        package var fraction: Double
        /// What is recorded of it; `nil` if it has not begun.
        package var step: Release.Step?
    }

    /// The steps of a release, the last of which is the promotion.
    package static func rungs(_ status: ReleaseStatus) -> [Rung] {
        let release = status.release
        let definition = release.definition
        var rungs: [Rung] = []
        func step(_ kind: Release.StepKind, _ share: Double? = nil) -> Release.Step? {
            release.steps.last { $0.kind == kind && (share == nil || $0.share == share) }
        }
        if let replay = definition.replay {
            let replayed = step(.replay)
            rungs.append(rung("Replay", Numbers.count(replay, "logged request"), replayed, release, fraction: nil))
        }
        if let shadow = definition.shadow {
            let shadowed = step(.shadow)
            rungs.append(
                rung(
                    "Shadow",
                    plan(shadow.duration, shadow.units),
                    shadowed,
                    release,
                    fraction: shadowed.map { fraction(elapsed($0), shadow.duration, $0.units, shadow.units) }
                )
            )
        }
        for (index, stage) in definition.stages.enumerated() {
            let found = step(.canary, stage.share)
            let current = status.stage.flatMap { $0.index == index ? $0 : nil }
            rungs.append(
                rung(
                    Numbers.share(stage.share),
                    plan(stage.duration, stage.units),
                    found,
                    release,
                    fraction: current.map { fraction($0.watchedSeconds, $0.duration, $0.units, $0.unitsNeeded) }
                        ?? found.map { fraction(elapsed($0), stage.duration, $0.units, stage.units) },
                    progress: current.map { current in
                        "\(Span.short(current.watchedSeconds)) of \(current.duration.words), "
                            + "\(Numbers.count(current.units, "unit"))"
                    }
                )
            )
        }
        let isPromoted = release.state == .promoted
        rungs.append(
            Rung(
                outcome: isPromoted ? Status(.ok, "100\u{00A0}%") : Status(.off, "100\u{00A0}%"),
                plan: "promoted",
                progress: isPromoted
                    ? release.endedAt.map { Moment($0).text } ?? ""
                    : release.state.isOpen ? promotion(definition.promote) : "not reached",
                isCurrent: false,
                fraction: isPromoted ? 1 : 0,
                step: nil
            )
        )
        return rungs
    }

    private static func plan(_ duration: TimeSpan, _ units: Int) -> String {
        let time = duration.words
        return units > 0 ? "\(time), \(Numbers.count(units, "unit"))" : time
    }

    private static func elapsed(_ step: Release.Step) -> Double {
        max(0, (step.endedAt ?? Date()).timeIntervalSince(step.startedAt))
    }

    /// How far a step is, by the slower of its two demands.
    private static func fraction(_ seconds: Double, _ duration: TimeSpan, _ units: Int, _ needed: Int) -> Double {
        let time = duration.seconds > 0 ? seconds / Double(duration.seconds) : 1
        let counted = needed > 0 ? Double(units) / Double(needed) : 1
        let least = min(time, counted)
        return least.isFinite ? min(max(least, 0), 1) : 0
    }

    private static func rung(
        _ name: String,
        _ plan: String,
        _ step: Release.Step?,
        _ release: Release,
        fraction: Double?,
        progress: String? = nil
    ) -> Rung {
        let evidence = step?.evidence.map { "evidence × \(Numbers.evidence($0))" } ?? ""
        guard let step else {
            let word = release.state.isOpen ? "" : "not reached"
            return Rung(
                outcome: Status(.off, name),
                plan: plan,
                progress: word,
                isCurrent: false,
                fraction: 0,
                step: nil
            )
        }
        let isCurrent = step.endedAt == nil && release.state.isOpen
        let isLast = step == release.steps.last
        let hasFailed = isLast && [.rolledBack, .aborted, .failed].contains(release.state)
        let units = Numbers.count(step.units, "unit")
        let done = fraction ?? 0.5
        // Someone promoted before the step had what it waits for.
        let isCut = isLast && release.state == .promoted && done < 1 && fraction != nil
        let kind: Status.Kind =
            isCurrent
            ? (release.state == .paused ? .warn : .busy)
            : isCut || release.state == .aborted && hasFailed ? .off : hasFailed ? .bad : .ok
        return Rung(
            outcome: Status(kind, name),
            plan: plan,
            progress: [progress ?? units, isCut ? "cut short" : "", evidence].filter { !$0.isEmpty }
                .joined(separator: "; "),
            isCurrent: isCurrent,
            fraction: isCurrent || hasFailed || isCut ? done : 1,
            step: step
        )
    }

    /// The goal, and the guardrails, with the evidence against their bounds.
    package static func demands(_ status: ReleaseStatus) -> [Demand] {
        let definition = status.release.definition
        var rows: [Demand] = []
        if let evidence = status.evidence {
            rows.append(
                Demand(
                    name: goal(definition),
                    demand: goalDemand(definition),
                    theirs: Numbers.none,
                    mine: Numbers.none,
                    evidence: Numbers.evidence(evidence.value),
                    bound: Numbers.bound(evidence.bound),
                    outcome: Status(evidence)
                )
            )
        }
        rows += status.guardrails.map { guardrail in
            let metric = MetricWords(guardrail.metric.metric)
            return Demand(
                name: metric.name,
                demand: guardrail.metric.demand,
                theirs: metric.value(guardrail.champion),
                mine: metric.value(guardrail.candidate),
                evidence: Numbers.evidence(guardrail.evidence),
                bound: Numbers.bound(guardrail.bound),
                outcome: Status(guardrail)
            )
        }
        return rows
    }
}
