import Definitions

/// The goal that pairs are compared in.
struct PairedGoalSettings: Sendable {
    var metric: GoalMetric
    /// Whether it is that of the pipeline's definition.
    var isDeclared: Bool
}

/// What was read of challengers beside their champions.
struct GatheredPairs {
    struct Challenger {
        var comparison: ShadowComparison
        /// `nil` without a goal, or without a pair that has outcomes.
        var inputs: PairedInputs?
        /// The units whose outcomes the evidence counts.
        var counted: Set<UInt64>
    }

    var challengers: [Challenger]

    init(_ challengers: [Challenger]) { self.challengers = challengers }

    var report: ShadowReport { ShadowReport(challengers: challengers.map(\.comparison)) }
}
