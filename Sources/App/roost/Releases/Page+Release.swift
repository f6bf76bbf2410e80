import Definitions
import Foundation
import NativeAPI

/// Releases and their plans as tables.
extension Page {
    static func percent(_ share: Double) -> String { Figures.short(share * 100) + " %" }

    mutating func add(_ plan: ReleasePlan) {
        let definition = plan.definition
        sentence(
            "Pipeline \(definition.pipeline): \(definition.candidate.brief) would replace \(plan.champion.brief).",
            isBold: true
        )
        add("")
        var number = 0
        func step(_ text: String) -> String {
            number += 1
            return "\(number). \(text)"
        }
        var steps: [String] = []
        if let replay = definition.replay {
            steps.append(step("Replay the last \(Figures.count(replay)) requests, and compare the answers."))
        }
        if let shadow = definition.shadow {
            steps.append(
                step(
                    "Run beside the champion for \(shadow.duration), and at least \(Figures.count(shadow.units)) units, "
                        + "without answering."
                )
            )
        }
        for stage in definition.stages {
            steps.append(
                step(
                    "Answer \(Self.percent(stage.share)) of the requests for \(stage.duration), and at least "
                        + "\(Figures.count(stage.units)) units\(Self.needed(stage, plan.lastHour))."
                )
            )
        }
        steps.append(step(Self.end(definition, plan.level)))
        for text in steps { sentence(text, first: "  ", indent: 5) }
        title("Goes back to version \(Output.short(plan.fromVersion)) as soon as the evidence suffices that")
        for guardrail in definition.guardrails ?? [] { sentence(Self.condition(guardrail), first: "  - ", indent: 4) }
        if let goal = definition.goal {
            sentence("the candidate is worse in the goal: \(goal.metric).", first: "  - ", indent: 4)
        }
        add("")
        sentence("The pipeline had \(Figures.count(plan.lastHour)) requests in the last hour.")
    }

    /// How long the units of a stage take with the traffic of the last hour.
    private static func needed(_ stage: ReleaseDefinition.Stage, _ lastHour: Int) -> String {
        let perSecond = Double(lastHour) / 3600 * stage.share
        guard stage.units > 0, perSecond > 0 else { return "" }
        let seconds = Double(stage.units) / perSecond
        guard seconds > Double(stage.duration.seconds) else { return "" }
        let (length, unit) =
            seconds < 5400
            ? (seconds / 60, "minutes") : seconds < 129_600 ? (seconds / 3600, "hours") : (seconds / 86_400, "days")
        return " (about \(Figures.fixed(length, 0)) \(unit) with this traffic)"
    }

    private static func end(_ definition: ReleaseDefinition, _ level: Release.Level?) -> String {
        switch definition.promote {
        case .safe: "Become the champion if no guardrail was broken."
        case .manual: "Wait for 'roost pipeline promote \(definition.pipeline)'."
        case .better:
            "Become the champion if the evidence that it is better reaches "
                + "\(Figures.short(1 / (level?.value ?? 1))) to 1 (level \(Figures.short(level?.value ?? 1)), release "
                + "\(level?.position ?? 1) of this kind)."
        }
    }

    private static func condition(_ guardrail: GuardrailMetric) -> String {
        guard let limit = guardrail.limit else { return "\(name(guardrail)) is worse than the champion's." }
        return "\(name(guardrail)) is above \(percent(limit))."
    }

    private static func name(_ guardrail: GuardrailMetric) -> String {
        switch guardrail.metric.metric {
        case "errors": "its error rate"
        case "check_failures": "its share of failed validations"
        case "latency": "its share of answers over \(Figures.short(guardrail.metric.budgetMilliseconds ?? 0)) ms"
        case let metric: "'\(metric)'"
        }
    }

    // MARK: Status

    mutating func add(_ status: ReleaseStatus) {
        let release = status.release
        sentence("Release \(release.id) of \(release.pipeline): \(release.state.words)", isBold: true)
        if let reason = release.reason { sentence(reason) }
        add("")
        var facts = [
            ("candidate", release.candidate.brief), ("champion", release.champion.brief),
            ("started", Output.time(release.createdAt) + (release.by.map { " by \($0)" } ?? "")),
        ]
        if let end = release.endedAt { facts.append(("ended", Output.time(end))) }
        if let stage = status.stage {
            facts.append(
                (
                    "stage",
                    "\(stage.index + 1) of \(release.definition.stages.count): \(Self.percent(stage.share)), "
                        + "\(Self.length(stage.watchedSeconds)) of \(stage.duration), \(Figures.count(stage.units)) of "
                        + "\(Figures.count(stage.unitsNeeded)) units"
                )
            )
        }
        if let evidence = status.evidence {
            let bound =
                release.definition.promote == .better ? "; \(Figures.short(evidence.bound)) to 1 promotes it" : ""
            facts.append(("evidence", "\(Figures.short(evidence.value)) to 1 that it is better\(bound)"))
        }
        if let waiting = status.waitingFor { facts.append(("waits for", waiting)) }
        self.facts(facts.map { (name: $0.0, value: $0.1) })
        if !status.guardrails.isEmpty {
            table(
                ["GUARDRAIL", "CHAMPION", "CANDIDATE", "EVIDENCE", "BOUND"],
                status.guardrails.map {
                    [
                        Self.short($0.metric), $0.champion.map(Self.percent) ?? "-",
                        $0.candidate.map(Self.percent) ?? "-",
                        Figures.short($0.evidence), Figures.short($0.bound),
                    ]
                },
                numbers: [1, 2, 3, 4]
            )
        }
        if !release.steps.isEmpty {
            table(
                ["STEP", "STARTED", "TIME", "UNITS", "EVIDENCE", "REPORT"],
                release.steps.map { step in
                    [
                        step.name, Output.time(step.startedAt),
                        step.endedAt.map { Self.length($0.timeIntervalSince(step.startedAt)) } ?? "-",
                        Figures.count(step.units), step.evidence.map(Figures.short) ?? "-",
                        step.report.map { Output.short($0) } ?? "-",
                    ]
                },
                numbers: [2, 3, 4]
            )
        }
        for step in release.steps { if let finding = step.finding { sentence("\(step.name): \(finding)") } }
    }

    private static func length(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: Figures.fixed(seconds, 0) + "s"
        case ..<7200: Figures.fixed(seconds / 60, 1) + "m"
        case ..<172_800: Figures.fixed(seconds / 3600, 1) + "h"
        default: Figures.fixed(seconds / 86_400, 1) + "d"
        }
    }

    private static func short(_ guardrail: GuardrailMetric) -> String {
        let metric = guardrail.metric
        let budget = metric.budgetMilliseconds.map { " > \(Figures.short($0)) ms" } ?? ""
        return metric.metric + budget + (guardrail.limit.map { ", limit \(percent($0))" } ?? "")
    }
}
