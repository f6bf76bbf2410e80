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
    /// Whether the evidence that the challenger is worse in a guardrail, or above its limit, has reached the guardrail's level.
    package var isGuardrailBroken: Bool
    /// The outcomes of the goal metric, of which more is better.
    package var goal: EProcess
    /// Of the difference in the goal metric, over a span of constant weights. `nil` if there is no such span or too little data.
    package var interval: ConfidenceInterval?
    /// `nil` if none is declared.
    package var smallestEffect: Double?
    package var alpha: Double

    package init(
        sampleRatio: Evidence,
        isGuardrailBroken: Bool,
        goal: EProcess,
        interval: ConfidenceInterval?,
        smallestEffect: Double?,
        alpha: Double = 0.05
    ) {
        self.sampleRatio = sampleRatio
        self.isGuardrailBroken = isGuardrailBroken
        self.goal = goal
        self.interval = interval
        self.smallestEffect = smallestEffect
        self.alpha = alpha
    }

    /// The first that applies, in the order of the cases of ``Verdict``. If there is evidence in both directions, worse wins.
    ///
    /// A verdict on the goal takes evidence that the arms differ, and evidence of the direction. So if they are equal, `better` or
    /// `worse` is given with a probability of at most alpha in total; two one-sided tests would reach almost twice that. And
    /// `better` has at most that probability however much worse the challenger is.
    package var verdict: Verdict {
        if sampleRatio.rejects(atAlpha: SampleRatio.alarmAlpha) { return .invalid }
        if isGuardrailBroken { return .worse(.guardrail) }
        if goal.different.rejects(atAlpha: alpha) {
            if goal.worse.rejects(atAlpha: alpha) { return .worse(.goal) }
            if goal.better.rejects(atAlpha: alpha) { return .better }
        }
        if let interval, let smallestEffect, interval.lower > -smallestEffect, interval.upper < smallestEffect {
            return .noDifference
        }
        return .notEnoughData
    }
}
