import Definitions
import Foundation
import Pipelines
package import Statistics

/// What the comparison of a goal on pairs is computed from, as it was read from the log and the labels.
///
/// It is kept with the report, so that the comparison can be computed again, bit for bit.
package struct PairedInputs: Codable, Equatable, Sendable {
    /// The goal's values, each that of a unit.
    var champion: ExperimentInputs.Tally
    var challenger: ExperimentInputs.Tally
    /// The challenger's value minus the champion's.
    var difference: ExperimentInputs.Tally
    /// The differences of the outcomes, from 0 to 1 of which more is better, that are not 0, in the order in which they count.
    var differences: [Double]
    /// Whether the values decide: `nil` if they do, or why not.
    var problem: String?
    /// Whether every value is 0 or 1.
    var isRate: Bool
    /// The units whose outcome came after the last that the evidence counts.
    var uncounted = 0

    /// The evidence for the challenger. Nothing is counted if the goal cannot decide.
    package var evidence: PairedEvidence {
        var evidence = PairedEvidence()
        for difference in differences where problem == nil { evidence.add(difference) }
        return evidence
    }

    func comparison(_ goal: GoalMetric, isDeclared: Bool) -> PairedComparison {
        let alpha = goal.alpha ?? 0.05
        let evidence = evidence
        return PairedComparison(
            goal: goal,
            isDeclared: isDeclared,
            alpha: alpha,
            units: difference.count,
            differing: differences.count,
            championGoal: Self.estimate(champion, isRate, alpha),
            challengerGoal: Self.estimate(challenger, isRate, alpha),
            difference: Self.estimate(difference, false, alpha),
            better: problem == nil ? ArmComparison.Evidence(evidence.better) : nil,
            worse: problem == nil ? ArmComparison.Evidence(evidence.worse) : nil,
            evidenceProblem: problem
        )
    }

    private static func estimate(_ tally: ExperimentInputs.Tally, _ isRate: Bool, _ alpha: Double) -> Estimate? {
        if isRate, tally.proportion != nil { return Estimate(tally.ones, of: tally.count, alpha: alpha) }
        guard let moments = tally.moments, let mean = moments.mean else { return nil }
        return Estimate(
            value: mean,
            interval: moments.meanInterval(alpha: alpha).map(ValueRange.init),
            count: moments.count
        )
    }
}

extension ArmComparison.Evidence {
    init(_ evidence: Evidence) {
        self.init(maximum: Evidence.factor(evidence.maximum), pValue: evidence.pValue)
    }
}
