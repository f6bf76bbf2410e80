import Glibc

/// The evidence for a candidate over the steps of its release, such as a replay, a shadow deploy and a canary.
///
/// The evidence of the steps multiplies. The product is an e-process as each of them is, if all test the same claim, a step begins
/// when the one before has ended, and no unit counts in two of them. So one error budget holds for the whole release: a candidate
/// that is not better is promoted with a probability of at most the level, at whichever step.
package struct LadderEvidence: Equatable, Sendable {
    /// What a step has shown, against "the candidate is no better".
    package struct Step: Codable, Equatable, Sendable {
        /// ln E when the step ended, or now.
        package let logarithm: Double
        /// The maximum of ln E during the step, at least 0.
        package let maximum: Double

        package init(_ evidence: Evidence) {
            logarithm = evidence.logarithm
            maximum = evidence.maximum
        }

        package init(logarithm: Double, maximum: Double) {
            self.logarithm = logarithm
            self.maximum = maximum
        }
    }

    /// In the order in which they ran.
    package let steps: [Step]
    /// The probability of a wrong promotion. It must be known before the first step.
    package let level: Double

    package init(_ steps: [Step], level: Double) {
        self.steps = steps
        self.level = level
    }

    /// ln E of all steps now.
    package var logarithm: Double { steps.reduce(0) { $0 + $1.logarithm } }

    /// The maximum of ln E so far, at least 0.
    package var maximum: Double {
        var (before, maximum) = (0.0, 0.0)
        for step in steps {
            maximum = max(maximum, before + step.maximum)
            before += step.logarithm
        }
        return maximum
    }

    /// What ``maximum`` must reach.
    package var threshold: Double { -log(level) }

    /// Whether the candidate is better, at the level.
    package var isBetter: Bool { level > 0 && level < 1 && maximum >= threshold }
}
