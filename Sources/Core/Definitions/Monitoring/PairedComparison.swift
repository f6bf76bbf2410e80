/// How a challenger compares with its champion in the goal, on units that both saw.
public struct PairedComparison: Sendable, Hashable, Codable {
    /// The goal as it was computed.
    public var goal: GoalMetric
    /// Whether the goal is that of the pipeline's definition, not one that was chosen for this report.
    public var isDeclared: Bool
    public var alpha: Double
    /// The units that have an outcome of both.
    public var units: Int
    /// The units on which the outcomes differ. Only these are evidence.
    public var differing: Int
    /// A rate or a mean over the units; `nil` without one.
    public var championGoal: Estimate?
    public var challengerGoal: Estimate?
    /// The challenger minus the champion, unit by unit, with an interval for a fixed sample.
    public var difference: Estimate?
    /// Valid at any time; `nil` if the goal cannot decide.
    public var better: ArmComparison.Evidence?
    public var worse: ArmComparison.Evidence?
    /// Why there is no evidence.
    public var evidenceProblem: String?

    private enum CodingKeys: String, CodingKey {
        case goal, alpha, units, differing, difference, better, worse
        case isDeclared = "is_declared"
        case championGoal = "champion_goal"
        case challengerGoal = "challenger_goal"
        case evidenceProblem = "evidence_problem"
    }

    public init(
        goal: GoalMetric,
        isDeclared: Bool,
        alpha: Double,
        units: Int,
        differing: Int,
        championGoal: Estimate?,
        challengerGoal: Estimate?,
        difference: Estimate?,
        better: ArmComparison.Evidence?,
        worse: ArmComparison.Evidence?,
        evidenceProblem: String?
    ) {
        self.goal = goal
        self.isDeclared = isDeclared
        self.alpha = alpha
        self.units = units
        self.differing = differing
        self.championGoal = championGoal
        self.challengerGoal = challengerGoal
        self.difference = difference
        self.better = better
        self.worse = worse
        self.evidenceProblem = evidenceProblem
    }
}
