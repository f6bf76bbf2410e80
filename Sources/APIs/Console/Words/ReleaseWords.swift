import Definitions
import Foundation
import NativeAPI

/// What a release does, in sentences.
enum ReleaseWords {
    /// What it takes to promote the candidate.
    static func promotion(_ promotion: ReleaseDefinition.Promotion) -> String {
        switch promotion {
        case .safe: "if no guardrail is broken"
        case .better: "if it is shown to be better"
        case .manual: "when someone asks for it"
        }
    }

    static func verdict(_ status: ReleaseStatus) -> Verdict {
        let release = status.release
        let candidate = release.candidate.brief
        switch release.state {
        case .promoted:
            return Verdict(word: "Promoted", sentence: "\(candidate) is the champion of \(release.pipeline).")
        case .rolledBack, .aborted, .failed:
            return Verdict(
                word: Status(release.state).word,
                sentence: "\(release.champion.brief) answers as before." + reason(of: release)
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
    static func state(of release: Release) -> Status {
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
        var rest = (release.reason ?? "")[...]
        for start in [Status(release.state).word, " because"] where rest.hasPrefix(start) {
            rest = rest.dropFirst(start.count)
        }
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
    static func whatNext(_ status: ReleaseStatus) -> [String] {
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
            lines.append("It is rolled back if it has not ended by \(Figures.minute(end)) UTC.")
        }
        if release.state == .paused { lines.insert("It does not move on while it is paused.", at: 0) }
        return lines
    }

    /// The steps of a plan, in sentences.
    static func steps(of plan: ReleasePlan) -> [String] {
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
}
