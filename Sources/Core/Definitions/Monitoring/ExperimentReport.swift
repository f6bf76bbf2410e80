public import Foundation

/// What a split has shown so far.
public struct ExperimentReport: Sendable, Hashable, Codable {
    /// One of the models that are compared.
    public struct Arm: Sendable, Hashable, Codable {
        public var name: String
        public var model: String
        public var modelVersion: String
        /// The probability that a unit gets this arm, most recently; `nil` if only the caller knows it.
        public var share: Double?
        public var requests: Int
        public var units: Int
        /// The units that have an outcome of the goal.
        public var outcomes: Int
        /// The goal: a rate or a mean over the units; `nil` without an outcome.
        public var goal: Estimate?
        public var errors: Estimate?
        public var checkFailures: Estimate?
        /// `nil` if no inference succeeded.
        public var latency: LatencySummary?
        /// The share of the requests that have a label; `nil` if there is no request.
        public var labeled: Double?

        private enum CodingKeys: String, CodingKey {
            case name, model, share, requests, units, outcomes, goal, errors, latency, labeled
            case modelVersion = "model_version"
            case checkFailures = "check_failures"
        }

        public init(
            name: String,
            model: String,
            modelVersion: String,
            share: Double?,
            requests: Int,
            units: Int,
            outcomes: Int,
            goal: Estimate?,
            errors: Estimate?,
            checkFailures: Estimate?,
            latency: LatencySummary?,
            labeled: Double?
        ) {
            self.name = name
            self.model = model
            self.modelVersion = modelVersion
            self.share = share
            self.requests = requests
            self.units = units
            self.outcomes = outcomes
            self.goal = goal
            self.errors = errors
            self.checkFailures = checkFailures
            self.latency = latency
            self.labeled = labeled
        }
    }

    /// The goal of the experiment as it was computed.
    public var goal: GoalMetric
    /// Whether the goal is that of the pipeline's definition, not one that was chosen for this report.
    public var isDeclared: Bool
    /// The experiment's id.
    public var experiment: String
    public var startedAt: Date
    /// The probability of a wrong verdict.
    public var alpha: Double
    /// The champion comes first.
    public var arms: [Arm]
    /// Each challenger against the champion.
    public var comparisons: [ArmComparison]
    public var sampleRatio: SampleRatioCheck?
    /// The order in which the verdict is found.
    public var rule: [String]

    private enum CodingKeys: String, CodingKey {
        case goal, experiment, alpha, arms, comparisons, rule
        case isDeclared = "is_declared"
        case startedAt = "started_at"
        case sampleRatio = "sample_ratio"
    }

    public init(
        goal: GoalMetric,
        isDeclared: Bool,
        experiment: String,
        startedAt: Date,
        alpha: Double,
        arms: [Arm],
        comparisons: [ArmComparison],
        sampleRatio: SampleRatioCheck?,
        rule: [String]
    ) {
        self.goal = goal
        self.isDeclared = isDeclared
        self.experiment = experiment
        self.startedAt = startedAt
        self.alpha = alpha
        self.arms = arms
        self.comparisons = comparisons
        self.sampleRatio = sampleRatio
        self.rule = rule
    }
}

/// Whether the arms got the units that the shares promise.
public struct SampleRatioCheck: Sendable, Hashable, Codable {
    /// The evidence against the shares; an alarm from 1000 on.
    public var evidence: Double
    public var isAlarm: Bool
    /// The p-value of the chi-squared test, for those who compute it again.
    public var chiSquaredP: Double?
    /// The units of each arm that the shares make likely.
    public var expected: [Double]
    public var observed: [Int]

    private enum CodingKeys: String, CodingKey {
        case evidence, expected, observed
        case isAlarm = "is_alarm"
        case chiSquaredP = "chi_squared_p"
    }

    public init(evidence: Double, isAlarm: Bool, chiSquaredP: Double?, expected: [Double], observed: [Int]) {
        self.evidence = evidence
        self.isAlarm = isAlarm
        self.chiSquaredP = chiSquaredP
        self.expected = expected
        self.observed = observed
    }
}
