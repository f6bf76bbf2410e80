import Definitions
import Foundation
import NativeAPI

/// A release as its template needs it.
struct ReleaseView: Sendable {
    /// A step of the ladder.
    struct Rung: Sendable {
        var outcome: Status
        /// The time and the units that it takes.
        var plan: String
        /// What it has come to.
        var progress: String
        var isCurrent: Bool
        /// From 0 to 100.
        var percent: String
        var reportHref: String
        var finding: String
    }

    /// A guardrail, or the goal.
    struct DemandRow: Sendable {
        var name: String
        var demand: String
        var theirs: String
        var mine: String
        var evidence: String
        var value: String
        var bound: String
        var boundValue: String
        var kind: String
        var outcome: Status
    }

    let rungs: [Rung]
    let demands: [DemandRow]
    let hasDemands: Bool
    let most: String
    let champion: String
    let candidate: String
    let findings: [Rung]
    /// `nil` if there is nothing to draw.
    let course: ReleaseCourseView?
    let events: [EventRow]
    let hasEvents: Bool
    let whatNext: [String]
    let versions: String

    init(_ status: ReleaseStatus, _ evidence: ReleaseEvidence?, _ events: [EventRow]) {
        let release = status.release
        course = evidence.flatMap { ReleaseCourseView($0, release) }
        rungs = Self.rungs(status)
        findings = rungs.filter { !$0.finding.isEmpty || !$0.reportHref.isEmpty }
        let rows = Self.demands(status)
        demands = rows
        hasDemands = !rows.isEmpty
        // The scale holds the largest bound.
        let bounds = status.guardrails.map(\.bound) + [status.evidence?.bound].compactMap(\.self)
        let largest = bounds.filter { $0.isFinite && $0 > 0 }.max() ?? 100
        most = Numbers.exact(pow(10, log10(max(largest * 3, 10)).rounded(.up)))
        champion = release.champion.brief
        candidate = release.candidate.brief
        self.events = events
        hasEvents = !events.isEmpty
        whatNext = ReleaseWords.whatNext(status)
        versions =
            "Version \(release.fromVersion.prefix(8)) answered before"
            + (release.toVersion.map { "; version \($0.prefix(8)) answers with the candidate" } ?? "") + "."
    }

    // MARK: The ladder

    private static func rungs(_ status: ReleaseStatus) -> [Rung] {
        let release = status.release
        let definition = release.definition
        var rungs: [Rung] = []
        func step(_ kind: Release.StepKind, _ share: Double? = nil) -> Release.Step? {
            release.steps.last { $0.kind == kind && (share == nil || $0.share == share) }
        }
        if let replay = definition.replay {
            let replayed = step(.replay)
            rungs.append(rung("Replay", "\(Numbers.count(replay)) logged requests", replayed, release, fraction: nil))
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
                    ? release.endedAt.map { Moment($0).text } ?? "" : ReleaseWords.promotion(definition.promote),
                isCurrent: false,
                percent: isPromoted ? "100" : "0",
                reportHref: "",
                finding: ""
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
                percent: "0",
                reportHref: "",
                finding: ""
            )
        }
        let isCurrent = step.endedAt == nil && release.state.isOpen
        let isLast = step == release.steps.last
        let hasFailed = isLast && [.rolledBack, .aborted, .failed].contains(release.state)
        let kind: Status.Kind =
            isCurrent
            ? (release.state == .paused ? .warn : .busy)
            : hasFailed ? (release.state == .aborted ? .off : .bad) : .ok
        let units = "\(Numbers.count(step.units, "unit"))"
        let done = fraction ?? 0.5
        return Rung(
            outcome: Status(kind, name),
            plan: plan,
            progress: [progress ?? units, evidence].filter { !$0.isEmpty }.joined(separator: "; "),
            isCurrent: isCurrent,
            percent: Numbers.exact((isCurrent || hasFailed ? done : 1) * 100),
            reportHref: step.report.map { href(of: $0, step, release) } ?? "",
            finding: step.finding ?? ""
        )
    }

    /// The page of a step's report. A replay has none.
    private static func href(of report: String, _ step: Release.Step, _ release: Release) -> String {
        switch step.kind {
        case .replay: ""
        case .shadow: Links.page("pipelines", release.pipeline, "shadow", query: ["report": report])
        case .canary: Links.page("pipelines", release.pipeline, "experiment", query: ["report": report])
        }
    }

    // MARK: Demands

    private static func demands(_ status: ReleaseStatus) -> [DemandRow] {
        let release = status.release
        var rows: [DemandRow] = []
        if let evidence = status.evidence {
            let decides = release.definition.promote == .better
            let isReached = evidence.value >= evidence.bound
            rows.append(
                DemandRow(
                    name: "Better on “\(release.definition.goal.map { MetricWords($0).name } ?? "the goal")”",
                    demand: decides ? "goal" : "goal, not needed",
                    theirs: Numbers.none,
                    mine: Numbers.none,
                    evidence: Numbers.evidence(evidence.value),
                    value: Numbers.exact(max(evidence.value, 1e-6)),
                    bound: Numbers.bound(evidence.bound),
                    boundValue: Numbers.exact(evidence.bound),
                    kind: "new",
                    outcome: isReached ? Status(.ok, "Shown") : Status(.unknown, "Not yet")
                )
            )
        }
        rows += status.guardrails.map { guardrail in
            let metric = MetricWords(guardrail.metric.metric)
            let isBroken = guardrail.evidence >= guardrail.bound
            // A tenth of the bound is worth a look.
            let isRising = !isBroken && guardrail.evidence * 10 >= guardrail.bound
            return DemandRow(
                name: metric.name,
                demand: guardrail.metric.demand,
                theirs: metric.value(guardrail.champion),
                mine: metric.value(guardrail.candidate),
                evidence: Numbers.evidence(guardrail.evidence),
                value: Numbers.exact(max(guardrail.evidence, 1e-6)),
                bound: Numbers.bound(guardrail.bound),
                boundValue: Numbers.exact(guardrail.bound),
                kind: isBroken ? "bad" : isRising ? "warn" : "base",
                outcome: isBroken ? Status(.bad, "Broken") : isRising ? Status(.warn, "Rising") : Status(.ok, "Holds")
            )
        }
        return rows
    }
}
