public import Foundation

/// A question about a training job: would it learn more from more data?
public struct LearningCurveDefinition: Sendable, Hashable, Codable {
    /// The curve's name, unique on the server. The names of its training jobs begin with it.
    public var name: String
    /// The existing training job whose definition is used; `nil` if ``training`` is given.
    public var job: String?
    public var training: TrainingDefinition?
    /// How much of the training data the jobs get, in percent, in ascending order.
    public var percents: [Int]
    /// How many samples of each size there are, except of all data.
    public var repeats: Int
    /// The share of the training data that is held out if the job has no channel for that.
    public var holdout: Double
    /// A metric on held-out data, such as `validation:rmse`; `nil` if the jobs report only one.
    public var metric: String?
    /// `nil` if the metric's name says it.
    public var direction: TuningDefinition.Objective.Direction?
    /// Makes the samples repeatable.
    public var seed: UInt64

    public static let defaultPercents = [10, 25, 50, 100]
    public static let defaultRepeats = 5
    public static let defaultHoldout = 0.2
    /// The maximum length of a name, so that those of the training jobs fit.
    public static let nameLimit = 48

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, job, training, percents, repeats, holdout, metric, direction, seed
    }

    public init(
        name: String,
        job: String? = nil,
        training: TrainingDefinition? = nil,
        percents: [Int] = defaultPercents,
        repeats: Int = defaultRepeats,
        holdout: Double = defaultHoldout,
        metric: String? = nil,
        direction: TuningDefinition.Objective.Direction? = nil,
        seed: UInt64 = 0
    ) {
        self.name = name
        self.job = job
        self.training = training
        self.percents = percents
        self.repeats = repeats
        self.holdout = holdout
        self.metric = metric
        self.direction = direction
        self.seed = seed
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        job = try container.decodeIfPresent(String.self, forKey: .job)
        training = try container.decodeIfPresent(TrainingDefinition.self, forKey: .training)
        percents = try container.decodeIfPresent([Int].self, forKey: .percents) ?? Self.defaultPercents
        repeats = try container.decodeIfPresent(Int.self, forKey: .repeats) ?? Self.defaultRepeats
        holdout = try container.decodeIfPresent(Double.self, forKey: .holdout) ?? Self.defaultHoldout
        metric = try container.decodeIfPresent(String.self, forKey: .metric)
        direction = try container.decodeIfPresent(TuningDefinition.Objective.Direction.self, forKey: .direction)
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0
    }

    /// - Throws: ``RoostError`` that names the first field that is wrong.
    public func check() throws(RoostError) {
        try Name.checkJob(name)
        guard name.utf8.count <= Self.nameLimit else {
            throw RoostError(
                .invalidInput,
                "The name of a learning curve may have \(Self.nameLimit) characters.",
                field: "name"
            )
        }
        guard (job != nil) != (training != nil) else {
            throw RoostError(.invalidInput, "A learning curve needs either 'job' or 'training'.", field: "training")
        }
        guard (2...8).contains(percents.count), percents.allSatisfy({ (1...100).contains($0) }), percents.last == 100,
            zip(percents, percents.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw RoostError(
                .invalidInput,
                "'percents' must be 2 to 8 whole numbers from 1 to 100 in ascending order, the last of them 100.",
                field: "percents"
            )
        }
        guard (1...20).contains(repeats) else {
            throw RoostError(
                .invalidInput,
                "'repeats' must be a number from 1 to 20, not \(repeats).",
                field: "repeats"
            )
        }
        guard holdout >= 0.01, holdout <= 0.9 else {
            throw RoostError(.invalidInput, "'holdout' must be from 0.01 to 0.9, not \(holdout).", field: "holdout")
        }
        if let metric, !(1...255).contains(metric.count) {
            throw RoostError(.invalidInput, "The name of a metric must have 1 to 255 characters.", field: "metric")
        }
    }
}

/// Training jobs with more and more of the data, and what they achieved.
public struct LearningCurve: Sendable, Hashable, Codable {
    /// What the jobs with a part of the data achieved.
    public struct Point: Sendable, Hashable, Codable {
        public var percent: Int
        /// The lines that each of the jobs got.
        public var lines: Int
        /// The names of the jobs, in the order of the samples.
        public var jobs: [String]
        /// The values of the metric, in the same order; `nil` for a job that has none.
        public var values: [Double?]
        /// Their mean, with Student's interval at 95 % if there are several; `nil` without values.
        public var metric: Estimate?

        public init(percent: Int, lines: Int, jobs: [String], values: [Double?], metric: Estimate?) {
            self.percent = percent
            self.lines = lines
            self.jobs = jobs
            self.values = values
            self.metric = metric
        }
    }

    public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        /// The last step helped by more than the noise.
        case helped
        /// The last step made the metric worse by more than the noise.
        case hurt
        /// What the last step changed is within the noise.
        case withinNoise = "within_noise"
        case notEnoughEvidence = "not_enough_evidence"
    }

    public var definition: LearningCurveDefinition
    public var state: JobState
    /// The lines of all training data without what is held out; `nil` before they are counted.
    public var lines: Int?
    /// `nil` if the job's own channel is used.
    public var heldOutLines: Int?
    /// `nil` before the first job ended.
    public var metric: String?
    public var direction: TuningDefinition.Objective.Direction?
    public var points: [Point]
    /// By how much the last step improved the metric, with its interval at 95 %; negative if it got worse.
    public var gain: Estimate?
    public var verdict: Verdict?
    /// What that means, in a sentence.
    public var summary: String?

    private enum CodingKeys: String, CodingKey {
        case definition, state, lines, metric, direction, points, gain, verdict, summary
        case heldOutLines = "held_out_lines"
    }

    public init(definition: LearningCurveDefinition, state: JobState) {
        self.definition = definition
        self.state = state
        points = []
    }
}

extension LearningCurve: Job {
    public static var kind: JobKind { .learningCurve }
    public var name: String { definition.name }
    public var parent: String? { nil }
}
