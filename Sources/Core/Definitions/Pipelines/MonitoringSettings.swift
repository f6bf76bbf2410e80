/// What is recorded of a pipeline's inferences, and how they are judged.
///
/// Its fields are fields of the pipeline's definition.
public struct MonitoringSettings: Sendable, Hashable, Codable {
    /// The metric that decides the pipeline's experiment; `nil` if none was declared.
    public var goal: GoalMetric?
    /// The metrics that must not get worse.
    public var guardrails: [GuardrailMetric]
    public var labels: LabelSettings?
    public var log: LogSettings?

    private enum CodingKeys: String, CodingKey {
        case goal, guardrails, labels, log
    }

    public init(
        goal: GoalMetric? = nil,
        guardrails: [GuardrailMetric] = [],
        labels: LabelSettings? = nil,
        log: LogSettings? = nil
    ) {
        self.goal = goal
        self.guardrails = guardrails
        self.labels = labels
        self.log = log
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        goal = try container.decodeIfPresent(GoalMetric.self, forKey: .goal)
        guardrails = try container.decodeIfPresent([GuardrailMetric].self, forKey: .guardrails) ?? []
        labels = try container.decodeIfPresent(LabelSettings.self, forKey: .labels)
        log = try container.decodeIfPresent(LogSettings.self, forKey: .log)
    }

    /// Leaves out what was not set.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(goal, forKey: .goal)
        if !guardrails.isEmpty { try container.encode(guardrails, forKey: .guardrails) }
        try container.encodeIfPresent(labels, forKey: .labels)
        try container.encodeIfPresent(log, forKey: .log)
    }

    /// The nanoseconds that an answer may take by the first guardrail, or else the goal, on the latency; `nil` if there is none.
    package var latencyBudget: Int? {
        (guardrails.map(\.metric) + [goal].compactMap(\.self)).first { $0.metric == "latency" }?.budgetMilliseconds
            .map { Int(saturating: $0 * 1e6) }
    }
}
