/// A value with the range in which it lies, and how many observations stand behind it.
public struct Estimate: Sendable, Hashable, Codable {
    public var value: Double
    /// The interval at the report's confidence; `nil` if there are too few observations for one.
    public var interval: ValueRange?
    public var count: Int

    public init(value: Double, interval: ValueRange?, count: Int) {
        self.value = value
        self.interval = interval
        self.count = count
    }
}

public struct ValueRange: Sendable, Hashable, Codable {
    public var lower: Double
    public var upper: Double

    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// The durations of inferences in milliseconds.
public struct LatencySummary: Sendable, Hashable, Codable {
    public var p50: Double
    public var p95: Double
    public var p99: Double
    /// The milliseconds that a response may take; `nil` if no budget was set.
    public var budget: Double?
    /// The share of responses over the budget.
    public var overBudget: Estimate?

    private enum CodingKeys: String, CodingKey {
        case p50 = "p50_ms"
        case p95 = "p95_ms"
        case p99 = "p99_ms"
        case budget = "budget_ms"
        case overBudget = "over_budget"
    }

    public init(p50: Double, p95: Double, p99: Double, budget: Double?, overBudget: Estimate?) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
        self.budget = budget
        self.overBudget = overBudget
    }
}
