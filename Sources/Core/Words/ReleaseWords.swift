package import Definitions
import Foundation

/// What a release does, in sentences.
package enum ReleaseWords {
    /// What it takes to promote the candidate.
    static func promotion(_ promotion: ReleaseDefinition.Promotion) -> String {
        switch promotion {
        case .safe: "if no guardrail is broken"
        case .better: "if it is shown to be better"
        case .manual: "when someone asks for it"
        }
    }

    package static func verdict(_ status: ReleaseStatus) -> Verdict {
        let release = status.release
        let candidate = release.candidate.brief
        switch release.state {
        case .promoted:
            return Verdict(word: "Promoted", sentence: "\(candidate) became the champion of \(release.pipeline).")
        case .rolledBack, .aborted, .failed:
            return Verdict(
                word: Status(release.state).word,
                sentence: "\(release.champion.brief) stayed the champion." + reason(of: release)
            )
        case .paused:
            return Verdict(
                word: "Paused",
                sentence: "It is still watched, and is rolled back if a guardrail is broken." + reason(of: release)
            )
        case .running: return Verdict(word: state(of: release).word, sentence: running(status))
        }
    }

    /// The state of a release with the step that it is at.
    package static func state(of release: Release) -> Status {
        let step = release.steps.last { $0.endedAt == nil }
        switch (release.state, step?.kind) {
        case (.running, .replay): return Status(.busy, "Replaying")
        case (.running, .shadow): return Status(.busy, "In the shadow")
        case (.running, .canary): return Status(.busy, "At \(Numbers.share(step?.share))")
        case (.running, nil): return Status(.busy, "Getting ready")
        case (.paused, .canary): return Status(.warn, "Paused at \(Numbers.share(step?.share))")
        default: return Status(release.state)
        }
    }

    /// Why it is paused or has ended, without the word that stands before it; empty if that is all.
    private static func reason(of release: Release) -> String {
        let word = Status(release.state).word
        var rest = (release.reason ?? "")[...]
        // What failed is told as it is.
        for start in release.state == .failed ? [] : [word, " because"] where rest.hasPrefix(start) {
            rest = rest.dropFirst(start.count)
        }
        if rest.hasPrefix(" by ") { return " It was \(word.lowercased())\(rest)" }
        let words = rest.drop { $0 == " " || $0 == "." || $0 == ":" }
        return words.isEmpty ? "" : " " + words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func running(_ status: ReleaseStatus) -> String {
        var text = ""
        if let evidence = status.evidence, status.release.definition.promote == .better {
            text +=
                evidence.value >= evidence.bound
                ? "The candidate is shown to be better: evidence \(Numbers.evidence(evidence.value)) of \(Numbers.bound(evidence.bound)). "
                : "The candidate is not yet shown to be better: evidence \(Numbers.evidence(evidence.value)) of "
                    + "\(Numbers.bound(evidence.bound)). "
        }
        if let rising = status.guardrails.filter({ $0.evidence * 10 >= $0.bound }).max(by: { $0.evidence < $1.evidence }
        ) {
            let metric = MetricWords(rising.metric.metric)
            text +=
                "“\(metric.name)” is rising: \(metric.value(rising.candidate)) against \(metric.value(rising.champion)), "
                + "evidence \(Numbers.evidence(rising.evidence)) of \(Numbers.bound(rising.bound)). "
        } else if !status.guardrails.isEmpty {
            text += "All guardrails hold. "
        }
        if let waiting = status.waitingFor { text += "It waits for \(waiting)." }
        return text.isEmpty ? "Nothing is known about the candidate yet." : text.trimmingCharacters(in: .whitespaces)
    }

    /// What happens by itself.
    package static func whatNext(_ status: ReleaseStatus) -> [String] {
        let release = status.release
        guard release.state.isOpen else { return [] }
        let definition = release.definition
        var lines = [
            "It is rolled back to \(release.champion.brief), without a failed request, as soon as the evidence against a "
                + "guardrail reaches its bound"
                + (definition.goal == nil ? "." : ", or shows that the candidate is worse on the goal.")
        ]
        let shares = definition.stages.map { Numbers.share($0.share) }.joined(separator: ", ")
        lines.append(
            "It moves on when a step has had both its time and its units: \(shares), then all requests."
        )
        switch definition.promote {
        case .safe: lines.append("After the last stage the candidate is promoted if no guardrail was broken.")
        case .better:
            let bound =
                status.evidence.map { Numbers.bound($0.bound) } ?? Numbers.bound(1 / (release.level?.value ?? 0.05))
            lines.append(
                "After the last stage the candidate is promoted if the evidence that it is better reaches \(bound)."
            )
        case .manual: lines.append("After the last stage it waits until someone promotes it.")
        }
        if let limit = definition.timeLimit, limit.seconds < 1_000_000_000 {
            let end = release.createdAt.addingTimeInterval(Double(limit.seconds))
            lines.append("It is rolled back if it has not ended by \(Moment.minute(end)) UTC.")
        }
        if release.state == .paused { lines.insert("It does not move on while it is paused.", at: 0) }
        return lines
    }

    /// The steps of a plan, in sentences.
    package static func steps(of plan: ReleasePlan) -> [String] {
        let definition = plan.definition
        var steps: [String] = []
        if let replay = definition.replay {
            steps.append("Replay the last \(Numbers.count(replay, "request")), and compare the answers.")
        }
        if let shadow = definition.shadow {
            steps.append(
                "Run beside the champion without answering, for \(shadow.duration.words) and at least "
                    + "\(Numbers.count(shadow.units, "unit"))."
            )
        }
        for stage in definition.stages {
            let perSecond = Double(plan.lastHour) / 3600 * stage.share
            let needed = perSecond > 0 ? Double(stage.units) / perSecond : 0
            let note =
                needed > Double(stage.duration.seconds)
                ? ", about \(Span.short(needed)) with the traffic of the last hour" : ""
            steps.append(
                "Answer \(Numbers.share(stage.share)) of the requests for \(stage.duration.words) and at "
                    + "least \(Numbers.count(stage.units, "unit"))\(note)."
            )
        }
        switch definition.promote {
        case .safe: steps.append("Become the champion if no guardrail was broken.")
        case .manual: steps.append("Wait until someone promotes it.")
        case .better:
            let level = plan.level.map { $0.value > 0 ? Numbers.bound(1 / $0.value) : Numbers.none } ?? Numbers.none
            steps.append("Become the champion if the evidence that it is better reaches \(level).")
        }
        return steps
    }

    /// How far a release is, in a badge.
    package static func state(_ status: ReleaseStatus) -> Status {
        let release = status.release
        guard release.state.isOpen, let stage = status.stage else { return Status(release.state) }
        let text = "Stage \(stage.index + 1) of \(release.definition.stages.count), \(Numbers.share(stage.share))"
        return release.state == .paused ? Status(.warn, "Paused at \(Numbers.share(stage.share))") : Status(.busy, text)
    }

    /// Better on “the metric”
    static func goal(_ definition: ReleaseDefinition) -> String {
        "Better on “\(definition.goal.map { MetricWords($0).name } ?? "the goal")”"
    }

    static func goalDemand(_ definition: ReleaseDefinition) -> String {
        definition.promote == .better ? "goal" : "goal, not needed"
    }

    /// Which versions of the pipeline answered, and which one answers now.
    package static func versions(_ release: Release) -> String {
        "Version \(release.fromVersion.prefix(8)) answered before"
            + (release.toVersion.map { "; version \($0.prefix(8)) answers with the candidate" } ?? "") + "."
    }

    /// The kinds of the steps, and the goal.
    package static func outline(_ release: Release) -> String {
        let definition = release.definition
        let steps = [definition.replay == nil ? nil : "replay", definition.shadow == nil ? nil : "shadow", "canary"]
        let goal = definition.goal.map { "goal “\(MetricWords($0).name)”" } ?? "no goal"
        return "\(steps.compactMap(\.self).joined(separator: ", ")); \(goal)"
    }

    /// What each guardrail of a plan demands.
    package static func guardrails(of plan: ReleasePlan) -> [String] {
        (plan.definition.guardrails ?? []).map { "\(MetricWords($0.metric).name): \($0.demand)" }
            + (plan.definition.goal.map { ["\(MetricWords($0).name): no worse on the goal"] } ?? [])
    }

    /// What a plan would come to.
    package static func verdict(of plan: ReleasePlan) -> Verdict {
        Verdict(
            word: "A plan",
            sentence:
                "\(plan.definition.candidate.brief) would replace \(plan.champion.brief) in \(plan.definition.pipeline), "
                + "\(promotion(plan.definition.promote)). Nothing has changed."
        )
    }

    /// The requests of the last hour.
    package static func traffic(of plan: ReleasePlan) -> String {
        "The pipeline had \(Numbers.count(plan.lastHour)) \(plan.lastHour == 1 ? "request" : "requests") in the last hour."
    }

    /// Before the guardrails of a plan.
    package static let goesBack = "It is rolled back as soon as the evidence against one of these suffices:"
}

extension Status {
    /// A guardrail of a release: a tenth of its bound is worth a look.
    package init(_ guardrail: ReleaseStatus.Guardrail) {
        let isBroken = guardrail.evidence >= guardrail.bound
        if !isBroken, guardrail.evidence * 10 >= guardrail.bound {
            self.init(.warn, "Rising")
        } else {
            self.init(isBroken: isBroken, isKnown: guardrail.champion != nil && guardrail.candidate != nil)
        }
    }

    /// Whether the evidence that a candidate is better suffices.
    package init(_ evidence: ReleaseStatus.Evidence) {
        self.init(
            evidence.value >= evidence.bound ? .ok : .unknown,
            evidence.value >= evidence.bound ? "Shown" : "Not yet"
        )
    }
}

extension Release.Step {
    /// Replay, Shadow, or the share of a stage: 10 %.
    package var words: String {
        switch kind {
        case .replay: "Replay"
        case .shadow: "Shadow"
        case .canary: share.map { Numbers.share($0) } ?? "Canary"
        }
    }
}
