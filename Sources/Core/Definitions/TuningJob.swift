/// What a user declares to find good hyperparameters: a search over ranges, each trial a training job.
public struct TuningDefinition: Sendable, Hashable, Codable {
    /// How the next trial is chosen.
    public enum Strategy: String, Sendable, Hashable, Codable, CaseIterable {
        case bayesian = "Bayesian"
        case random = "Random"
        case grid = "Grid"
        case hyperband = "Hyperband"
    }

    /// The tuning job's name, unique on a server.
    public var name: String
    /// How the next trial is chosen.
    public var strategy: Strategy
    /// The metric that the trials are compared by.
    public var objective: Objective
    /// What is varied.
    public var ranges: [HyperparameterRange]
    /// The trials that may be run in all.
    public var maxTrials: Int
    /// The trials that may run at once.
    public var maxParallelTrials: Int
    /// Whether trials that fall behind are stopped early.
    public var stopsEarly: Bool
    /// The smallest and largest resource of a trial (rounds or epochs), for Hyperband.
    public var resource: ResourceRange?
    /// Makes the search repeatable.
    public var seed: UInt64?
    /// The objective value at which the search may end.
    public var target: Double?
    /// Trials in a row that may leave the best as it is, before the search ends.
    public var maxTrialsWithoutImprovement: Int?
    /// Seconds that the whole search may take.
    public var maxRuntime: Int?
    /// Tuning jobs whose trials are known before the search begins.
    public var warmStart: WarmStart?
    /// What each trial is; its hyperparameters are those that stay as they are.
    public var training: TrainingDefinition
    /// Other algorithms, or other data, that are searched as well; trials take turns.
    public var others: [Candidate]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, strategy, objective, ranges, resource, seed, target, training, others
        case maxTrialsWithoutImprovement = "max_trials_without_improvement"
        case maxRuntime = "max_runtime"
        case maxTrials = "max_trials"
        case maxParallelTrials = "max_parallel_trials"
        case stopsEarly = "early_stopping"
        case warmStart = "warm_start"
    }

    /// A metric and its better direction.
    public struct Objective: Sendable, Hashable, Codable {
        /// The better direction.
        public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
            case minimize = "Minimize"
            case maximize = "Maximize"
        }

        /// The metric's name: `validation:rmse`.
        public var metric: String
        /// The better direction.
        public var direction: Direction

        /// One made of these parts.
        public init(metric: String, direction: Direction) {
            self.metric = metric
            self.direction = direction
        }
    }

    /// What trials are made of: what stays, what is varied, and what they are compared by.
    public struct Candidate: Sendable, Hashable, Codable {
        /// The metric that the trials are compared by.
        public var objective: Objective
        /// What is varied.
        public var ranges: [HyperparameterRange]
        /// What each trial is; its hyperparameters are those that stay as they are.
        public var training: TrainingDefinition

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case objective, ranges, training
        }

        /// One made of these parts.
        public init(objective: Objective, ranges: [HyperparameterRange], training: TrainingDefinition) {
            self.objective = objective
            self.ranges = ranges
            self.training = training
        }

        /// Reads it; a field that is not known is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            objective = try container.decode(Objective.self, forKey: .objective)
            ranges = try container.decode([HyperparameterRange].self, forKey: .ranges)
            training = try container.decode(TrainingDefinition.self, forKey: .training)
        }
    }

    /// All that is searched, in the order in which trials take turns.
    public var candidates: [Candidate] {
        [Candidate(objective: objective, ranges: ranges, training: training)] + others
    }

    /// What a trial of Hyperband may spend.
    public struct ResourceRange: Sendable, Hashable, Codable {
        /// The least.
        public var min: Int
        /// The most.
        public var max: Int

        /// One made of these parts.
        public init(min: Int, max: Int) {
            self.min = min
            self.max = max
        }
    }

    /// Where a search begins that is not the first.
    public struct WarmStart: Sendable, Hashable, Codable {
        /// The tuning jobs whose trials count.
        public var parents: [String]
        /// Whether data and algorithm are the same as theirs (else only the search space is transferred).
        public var isIdentical: Bool

        private enum CodingKeys: String, CodingKey {
            case parents
            case isIdentical = "identical"
        }

        /// One made of these parts.
        public init(parents: [String], isIdentical: Bool) {
            self.parents = parents
            self.isIdentical = isIdentical
        }
    }

    /// One made of these parts.
    public init(
        name: String,
        strategy: Strategy = .bayesian,
        objective: Objective,
        ranges: [HyperparameterRange],
        maxTrials: Int,
        maxParallelTrials: Int = 1,
        training: TrainingDefinition
    ) {
        self.name = name
        self.strategy = strategy
        self.objective = objective
        self.ranges = ranges
        self.maxTrials = maxTrials
        self.maxParallelTrials = maxParallelTrials
        self.training = training
        stopsEarly = false
        others = []
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        strategy = try container.decodeIfPresent(Strategy.self, forKey: .strategy) ?? .bayesian
        objective = try container.decode(Objective.self, forKey: .objective)
        ranges = try container.decode([HyperparameterRange].self, forKey: .ranges)
        maxTrials = try container.decode(Int.self, forKey: .maxTrials)
        maxParallelTrials = try container.decodeIfPresent(Int.self, forKey: .maxParallelTrials) ?? 1
        stopsEarly = try container.decodeIfPresent(Bool.self, forKey: .stopsEarly) ?? false
        resource = try container.decodeIfPresent(ResourceRange.self, forKey: .resource)
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
        target = try container.decodeIfPresent(Double.self, forKey: .target)
        warmStart = try container.decodeIfPresent(WarmStart.self, forKey: .warmStart)
        training = try container.decode(TrainingDefinition.self, forKey: .training)
        others = try container.decodeIfPresent([Candidate].self, forKey: .others) ?? []
        maxTrialsWithoutImprovement = try container.decodeIfPresent(Int.self, forKey: .maxTrialsWithoutImprovement)
        maxRuntime = try container.decodeIfPresent(Int.self, forKey: .maxRuntime)
    }
}

/// The values that a hyperparameter may take.
public struct HyperparameterRange: Sendable, Hashable, Codable {
    /// How the values of a numeric range are spread.
    public enum Scaling: String, Sendable, Hashable, Codable, CaseIterable {
        case auto = "Auto"
        case linear = "Linear"
        case logarithmic = "Logarithmic"
        case reverseLogarithmic = "ReverseLogarithmic"
    }

    /// What the values are.
    public enum Values: Sendable, Hashable, Codable {
        case integer(min: Int, max: Int, scaling: Scaling)
        case continuous(min: Double, max: Double, scaling: Scaling)
        case categorical([String])
    }

    /// The hyperparameter's name.
    public var name: String
    /// What the values are.
    public var values: Values

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, type, min, max, scaling, values
    }

    private enum Kind: String, Codable, CaseIterable {
        case integer, continuous, categorical
    }

    /// One made of these parts.
    public init(name: String, values: Values) {
        self.name = name
        self.values = values
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        let scaling = try container.decodeIfPresent(Scaling.self, forKey: .scaling) ?? .auto
        switch try container.decode(Kind.self, forKey: .type) {
        case .integer:
            values = .integer(
                min: try container.decode(Int.self, forKey: .min),
                max: try container.decode(Int.self, forKey: .max),
                scaling: scaling
            )
        case .continuous:
            values = .continuous(
                min: try container.decode(Double.self, forKey: .min),
                max: try container.decode(Double.self, forKey: .max),
                scaling: scaling
            )
        case .categorical: values = .categorical(try container.decode([String].self, forKey: .values))
        }
    }

    /// Writes the form that `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        switch values {
        case .integer(let min, let max, let scaling):
            try container.encode(Kind.integer, forKey: .type)
            try container.encode(min, forKey: .min)
            try container.encode(max, forKey: .max)
            try container.encode(scaling, forKey: .scaling)
        case .continuous(let min, let max, let scaling):
            try container.encode(Kind.continuous, forKey: .type)
            try container.encode(min, forKey: .min)
            try container.encode(max, forKey: .max)
            try container.encode(scaling, forKey: .scaling)
        case .categorical(let choices):
            try container.encode(Kind.categorical, forKey: .type)
            try container.encode(choices, forKey: .values)
        }
    }
}

/// A search for good hyperparameters, or how it ended. Its trials are training jobs that name it.
public struct TuningJob: Sendable, Hashable, Codable {
    /// What was asked for.
    public var definition: TuningDefinition
    /// Where it stands.
    public var state: JobState
    /// The training job of the best trial so far.
    public var best: String?
    /// The objective's value there.
    public var bestValue: Double?

    private enum CodingKeys: String, CodingKey {
        case definition, state, best
        case bestValue = "best_value"
    }

    /// One made of these parts.
    public init(definition: TuningDefinition, state: JobState) {
        self.definition = definition
        self.state = state
    }
}
