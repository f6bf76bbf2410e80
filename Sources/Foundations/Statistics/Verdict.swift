/// What an experiment shows so far.
package enum Verdict: Equatable, Sendable {
    /// The requests were not split as the weights say, so that nothing can be concluded.
    case invalid
    case worse(Cause)
    case better
    /// No difference that is worth more than the smallest effect of interest.
    case noDifference
    case notEnoughData

    package enum Cause: Equatable, Sendable {
        case guardrail
        case goal
    }
}

/// The evidence that decides a verdict.
package struct VerdictInputs: Equatable, Sendable {
    package var sampleRatio: Evidence
    /// For each guardrail, the evidence that the challenger is worse, or that its rate is above the limit.
    package var guardrails: [Evidence]
    /// Evidence that the challenger is better in the goal metric.
    package var better: Evidence
    /// Evidence that the challenger is worse in the goal metric.
    package var worse: Evidence
    /// Of the difference in the goal metric, over a span of constant weights. `nil` if there is no such span or too little data.
    package var interval: ConfidenceInterval?
    /// `nil` if none is declared.
    package var smallestEffect: Double?
    package var alpha: Double
    package var guardrailAlpha: Double

    package init(
        sampleRatio: Evidence,
        guardrails: [Evidence],
        better: Evidence,
        worse: Evidence,
        interval: ConfidenceInterval?,
        smallestEffect: Double?,
        alpha: Double = 0.05,
        guardrailAlpha: Double = 0.01
    ) {
        self.sampleRatio = sampleRatio
        self.guardrails = guardrails
        self.better = better
        self.worse = worse
        self.interval = interval
        self.smallestEffect = smallestEffect
        self.alpha = alpha
        self.guardrailAlpha = guardrailAlpha
    }

    /// The first that applies, in the order of the cases of ``Verdict``. If there is evidence in both directions, worse wins.
    package var verdict: Verdict {
        if sampleRatio.rejects(atAlpha: SampleRatio.alarmAlpha) { return .invalid }
        if guardrails.contains(where: { $0.rejects(atAlpha: guardrailAlpha) }) { return .worse(.guardrail) }
        if worse.rejects(atAlpha: alpha) { return .worse(.goal) }
        if better.rejects(atAlpha: alpha) { return .better }
        if let interval, let smallestEffect, interval.lower > -smallestEffect, interval.upper < smallestEffect {
            return .noDifference
        }
        return .notEnoughData
    }
}
