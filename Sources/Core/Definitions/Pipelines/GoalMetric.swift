/// The metric that decides an experiment.
public struct GoalMetric: Sendable, Hashable, Codable {
    /// Which values of a metric are better.
    public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
        case higher, lower
    }

    /// The metrics that are not expressions.
    package static let names: Set<String> = ["errors", "check_failures", "latency", "accuracy"]

    /// `errors`, `check_failures`, `latency`, `accuracy`, or an expression over inputs, outputs and the label.
    ///
    /// The language is that of ``Expression``. A condition counts the rows in which it holds; the values of another expression
    /// are averaged.
    public var metric: String
    /// `nil` for the metric's own: `higher` for accuracy and expressions, `lower` for the others.
    public var better: Direction?
    /// The range of the values. Without it, a metric that is not a rate cannot decide.
    public var minimum: Double?
    public var maximum: Double?
    /// For `latency`: the milliseconds that a response may take.
    public var budgetMilliseconds: Double?
    /// The smallest difference that matters, in the metric's unit; `nil` if any does.
    public var smallestEffect: Double?
    /// The probability of a wrong verdict; `nil` for 0.05.
    public var alpha: Double?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case metric, better, minimum, maximum, alpha
        case budgetMilliseconds = "budget_ms"
        case smallestEffect = "smallest_effect"
    }

    public init(
        metric: String,
        better: Direction? = nil,
        minimum: Double? = nil,
        maximum: Double? = nil,
        budgetMilliseconds: Double? = nil,
        smallestEffect: Double? = nil,
        alpha: Double? = nil
    ) {
        self.metric = metric
        self.better = better
        self.minimum = minimum
        self.maximum = maximum
        self.budgetMilliseconds = budgetMilliseconds
        self.smallestEffect = smallestEffect
        self.alpha = alpha
    }

    /// Decodes strictly: an unknown field is an error. A string is a metric without further settings.
    public init(from decoder: any Decoder) throws {
        if let metric = try? decoder.singleValueContainer().decode(String.self) {
            self = GoalMetric(metric: metric)
            return
        }
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = try container.decode(String.self, forKey: .metric)
        better = try container.decodeIfPresent(Direction.self, forKey: .better)
        minimum = try container.decodeIfPresent(Double.self, forKey: .minimum)
        maximum = try container.decodeIfPresent(Double.self, forKey: .maximum)
        budgetMilliseconds = try container.decodeIfPresent(Double.self, forKey: .budgetMilliseconds)
        smallestEffect = try container.decodeIfPresent(Double.self, forKey: .smallestEffect)
        alpha = try container.decodeIfPresent(Double.self, forKey: .alpha)
    }
}
