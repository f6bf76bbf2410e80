import Definitions
import Foundation
import NativeAPI
import Words

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
        versions = ReleaseWords.versions(release)
    }

    // MARK: The ladder

    private static func rungs(_ status: ReleaseStatus) -> [Rung] {
        ReleaseWords.rungs(status).map { rung in
            Rung(
                outcome: rung.outcome,
                plan: rung.plan,
                progress: rung.progress,
                isCurrent: rung.isCurrent,
                percent: Numbers.exact(rung.fraction * 100),
                reportHref: rung.step.flatMap { step in step.report.map { href(of: $0, step, status.release) } } ?? "",
                finding: rung.step?.finding ?? ""
            )
        }
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
        let values =
            (status.evidence.map { [($0.value, $0.bound)] } ?? []) + status.guardrails.map { ($0.evidence, $0.bound) }
        let first = status.evidence == nil ? -1 : 0
        return zip(ReleaseWords.demands(status), values).enumerated().map { index, row in
            let (demand, (value, bound)) = row
            return DemandRow(
                name: demand.name,
                demand: demand.demand,
                theirs: demand.theirs,
                mine: demand.mine,
                evidence: demand.evidence,
                value: Numbers.exact(max(value, 1e-6)),
                bound: demand.bound,
                boundValue: Numbers.exact(bound),
                kind: index == first ? "new" : demand.outcome.kind == .ok ? "base" : demand.outcome.name,
                outcome: demand.outcome
            )
        }
    }
}
