public import Foundation

/// A question about a log whose shares are known: what would the metric have been if another policy had chosen?
public struct CounterfactualRequest: Sendable, Hashable, Codable {
    /// The name of the arm to which all units would have gone.
    public var arm: String?
    /// A condition that replaces the metric's, such as `outputs[0][0] > 0.4`, for the decisions of the arm that answered.
    public var decision: String?
    /// `nil` for the goal of the pipeline's definition.
    public var metric: GoalMetric?
    public var start: Date?
    public var end: Date?
    public var experiment: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case arm, decision, metric, start, end, experiment
    }

    public init(
        arm: String? = nil,
        decision: String? = nil,
        metric: GoalMetric? = nil,
        start: Date? = nil,
        end: Date? = nil,
        experiment: String? = nil
    ) {
        self.arm = arm
        self.decision = decision
        self.metric = metric
        self.start = start
        self.end = end
        self.experiment = experiment
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        arm = try container.decodeIfPresent(String.self, forKey: .arm)
        decision = try container.decodeIfPresent(String.self, forKey: .decision)
        metric = try container.decodeIfPresent(GoalMetric.self, forKey: .metric)
        start = try container.decodeIfPresent(Date.self, forKey: .start)
        end = try container.decodeIfPresent(Date.self, forKey: .end)
        experiment = try container.decodeIfPresent(String.self, forKey: .experiment)
    }
}

/// The answer, estimated from the units that went where the other policy would have sent them.
public struct CounterfactualReport: Sendable, Hashable, Codable {
    public var pipeline: String
    /// The policy in words.
    public var policy: String
    public var metric: GoalMetric
    /// What was observed under the policy that chose.
    public var observed: Estimate?
    /// Weighted by the inverse of the shares; unbiased.
    public var inversePropensity: Estimate?
    /// The same with weights that add up to 1; less noisy.
    public var selfNormalized: Estimate?
    /// How many equally weighted units would say as much.
    public var effectiveSampleSize: Double
    /// Whether that is too few to rely on.
    public var isUnreliable: Bool
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
        case pipeline, policy, metric, observed, notes
        case inversePropensity = "inverse_propensity"
        case selfNormalized = "self_normalized"
        case effectiveSampleSize = "effective_sample_size"
        case isUnreliable = "is_unreliable"
    }

    public init(
        pipeline: String,
        policy: String,
        metric: GoalMetric,
        observed: Estimate?,
        inversePropensity: Estimate?,
        selfNormalized: Estimate?,
        effectiveSampleSize: Double,
        isUnreliable: Bool,
        notes: [String]
    ) {
        self.pipeline = pipeline
        self.policy = policy
        self.metric = metric
        self.observed = observed
        self.inversePropensity = inversePropensity
        self.selfNormalized = selfNormalized
        self.effectiveSampleSize = effectiveSampleSize
        self.isUnreliable = isUnreliable
        self.notes = notes
    }
}
