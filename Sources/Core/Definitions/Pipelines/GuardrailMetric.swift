/// A metric that must not get worse.
public struct GuardrailMetric: Sendable, Hashable, Codable {
    /// As for ``GoalMetric``.
    public var metric: GoalMetric
    /// The rate that the challenger must not exceed, whatever the champion's is; `nil` to compare it with the champion's.
    public var limit: Double?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case metric, better, minimum, maximum, alpha, limit
        case budgetMilliseconds = "budget_ms"
        case smallestEffect = "smallest_effect"
    }

    public init(metric: GoalMetric, limit: Double? = nil) {
        self.metric = metric
        self.limit = limit
    }

    /// Decodes strictly: an unknown field is an error. A string is a metric without further settings.
    public init(from decoder: any Decoder) throws {
        if let metric = try? decoder.singleValueContainer().decode(String.self) {
            self = GuardrailMetric(metric: GoalMetric(metric: metric))
            return
        }
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = GoalMetric(
            metric: try container.decode(String.self, forKey: .metric),
            better: try container.decodeIfPresent(GoalMetric.Direction.self, forKey: .better),
            minimum: try container.decodeIfPresent(Double.self, forKey: .minimum),
            maximum: try container.decodeIfPresent(Double.self, forKey: .maximum),
            budgetMilliseconds: try container.decodeIfPresent(Double.self, forKey: .budgetMilliseconds),
            smallestEffect: try container.decodeIfPresent(Double.self, forKey: .smallestEffect),
            alpha: try container.decodeIfPresent(Double.self, forKey: .alpha)
        )
        limit = try container.decodeIfPresent(Double.self, forKey: .limit)
    }

    public func encode(to encoder: any Encoder) throws {
        try metric.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(limit, forKey: .limit)
    }
}
