import Definitions
import Foundation
import NativeAPI
import Words

/// Releases and their plans as tables.
extension Page {
    mutating func add(_ plan: ReleasePlan) {
        let words = ReleaseWords.verdict(of: plan)
        verdict(Status(.off, words.word), words.sentence)
        add("")
        for (index, step) in ReleaseWords.steps(of: plan).enumerated() {
            sentence(step, first: "  \(index + 1). ", indent: 5)
        }
        add("")
        sentence(ReleaseWords.goesBack)
        for guardrail in ReleaseWords.guardrails(of: plan) { sentence(guardrail, first: "  - ", indent: 4) }
        add("")
        sentence(ReleaseWords.traffic(of: plan))
    }

    // MARK: Status

    mutating func add(_ status: ReleaseStatus) {
        let release = status.release
        let words = ReleaseWords.verdict(status)
        verdict(Status(ReleaseWords.state(status).kind, words.word), words.sentence)
        title("Release \(release.id) of pipeline \(release.pipeline)")
        var facts = [
            ("state", ReleaseWords.state(status).text), ("steps", ReleaseWords.outline(release)),
            ("champion", release.champion.brief), ("candidate", release.candidate.brief),
            ("started", Moment.printed(release.createdAt) + (release.by.map { " by \($0)" } ?? "")),
        ]
        if let end = release.endedAt { facts.append(("ended", Moment.printed(end))) }
        self.facts(facts.map { (name: $0.0, value: $0.1) })
        let rungs = ReleaseWords.rungs(status)
        table(
            ["STEP", "PLAN", "PROGRESS"],
            rungs.map { [$0.outcome.text, $0.plan, $0.progress] }
        )
        let demands = ReleaseWords.demands(status)
        if !demands.isEmpty {
            table(
                ["DEMAND", "", "CHAMPION", "CANDIDATE", "E", "BOUND", "STATE"],
                demands.map {
                    [$0.name, $0.demand, $0.theirs, $0.mine, $0.evidence, $0.bound, $0.outcome.text]
                },
                numbers: [2, 3, 4, 5]
            )
        }
        list("What happens by itself", ReleaseWords.whatNext(status))
        let findings = release.steps.compactMap { step in step.finding.map { "\(step.words): \($0)" } }
        list("Found", findings)
        let reports = release.steps.compactMap { step in step.report.map { (name: step.words, value: $0) } }
        guard !reports.isEmpty else { return }
        title("Reports")
        self.facts(reports)
    }
}
