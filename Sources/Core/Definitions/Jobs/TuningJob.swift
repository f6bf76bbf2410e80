/// A user's definition of a search for good hyperparameters. Each trial is a training job.
public struct TuningDefinition: Sendable, Hashable, Codable {
    /// How the next trial is chosen.
    public enum Strategy: String, Sendable, Hashable, Codable, CaseIterable {
        case bayesian = "Bayesian"
        case random = "Random"
        case grid = "Grid"
        case hyperband = "Hyperband"
    }

    /// The tuning job's name, unique on the server.
    public var name: String
    public var strategy: Strategy
    /// The metric that trials are compared by.
    public var objective: Objective
    /// The hyperparameters that are varied.
    public var ranges: [HyperparameterRange]
    /// The maximum number of trials in total.
    public var maxTrials: Int
    /// The maximum number of concurrent trials.
    public var maxParallelTrials: Int
    /// Whether trials that fall behind are stopped early.
    public var stopsEarly: Bool
    /// The minimum and maximum number of rounds or epochs of a trial, for Hyperband.
    public var resource: ResourceRange?
    /// Makes the search repeatable.
    public var seed: UInt64?
    /// The value of the objective at which the search ends.
    public var target: Double?
    /// The search ends after this many trials in a row without improvement.
    public var maxTrialsWithoutImprovement: Int?
    /// The maximum duration of the whole search in seconds.
    public var maxRuntime: Int?
    /// Earlier tuning jobs that the search learns from.
    public var warmStart: WarmStart?
    /// The training job of each trial, with the hyperparameters that are fixed.
    public var training: TrainingDefinition
    /// Other algorithms or data to search as well. Trials alternate between all of them.
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

    /// A metric and whether to minimize or maximize it.
    public struct Objective: Sendable, Hashable, Codable {
        public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
            case minimize = "Minimize"
            case maximize = "Maximize"
        }

        /// The metric's name, such as `validation:rmse`.
        public var metric: String
        public var direction: Direction

        public init(metric: String, direction: Direction) {
            self.metric = metric
            self.direction = direction
        }
    }

    /// An algorithm and data to search: the fixed part, the ranges, and the objective.
    public struct Candidate: Sendable, Hashable, Codable {
        /// The metric that trials are compared by.
        public var objective: Objective
        /// The hyperparameters that are varied.
        public var ranges: [HyperparameterRange]
        /// The training job of each trial, with the hyperparameters that are fixed.
        public var training: TrainingDefinition

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case objective, ranges, training
        }

        public init(objective: Objective, ranges: [HyperparameterRange], training: TrainingDefinition) {
            self.objective = objective
            self.ranges = ranges
            self.training = training
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            objective = try container.decode(Objective.self, forKey: .objective)
            ranges = try container.decode([HyperparameterRange].self, forKey: .ranges)
            training = try container.decode(TrainingDefinition.self, forKey: .training)
        }
    }

    /// Everything that is searched, in the order in which trials alternate.
    public var candidates: [Candidate] {
        [Candidate(objective: objective, ranges: ranges, training: training)] + others
    }

    /// The minimum and maximum number of rounds or epochs of a Hyperband trial.
    public struct ResourceRange: Sendable, Hashable, Codable {
        public var min: Int
        public var max: Int

        public init(min: Int, max: Int) {
            self.min = min
            self.max = max
        }
    }

    /// Earlier tuning jobs that a search learns from.
    public struct WarmStart: Sendable, Hashable, Codable {
        /// The names of the tuning jobs.
        public var parents: [String]
        /// Whether data and algorithm are the same as theirs. If not, only the search space is transferred.
        public var isIdentical: Bool

        private enum CodingKeys: String, CodingKey {
            case parents
            case isIdentical = "identical"
        }

        public init(parents: [String], isIdentical: Bool) {
            self.parents = parents
            self.isIdentical = isIdentical
        }
    }

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

    /// Decodes strictly: an unknown field is an error.
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

/// The allowed values of a hyperparameter.
public struct HyperparameterRange: Sendable, Hashable, Codable {
    /// How the values of a numeric range are distributed.
    public enum Scaling: String, Sendable, Hashable, Codable, CaseIterable {
        case auto = "Auto"
        case linear = "Linear"
        case logarithmic = "Logarithmic"
        case reverseLogarithmic = "ReverseLogarithmic"
    }

    public enum Values: Sendable, Hashable, Codable {
        case integer(min: Int, max: Int, scaling: Scaling)
        case continuous(min: Double, max: Double, scaling: Scaling)
        case categorical([String])
    }

    /// The hyperparameter's name.
    public var name: String
    public var values: Values

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, type, min, max, scaling, values
    }

    private enum Kind: String, Codable, CaseIterable {
        case integer, continuous, categorical
    }

    public init(name: String, values: Values) {
        self.name = name
        self.values = values
    }

    /// Decodes strictly: an unknown field is an error.
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

/// A running or finished search for good hyperparameters. Its trials are training jobs that refer to it by name.
public struct TuningJob: Sendable, Hashable, Codable {
    public var definition: TuningDefinition
    public var state: JobState
    /// The training job of the best trial so far.
    public var best: String?
    /// The objective's value for that trial.
    public var bestValue: Double?

    private enum CodingKeys: String, CodingKey {
        case definition, state, best
        case bestValue = "best_value"
    }

    public init(definition: TuningDefinition, state: JobState) {
        self.definition = definition
        self.state = state
    }
}
