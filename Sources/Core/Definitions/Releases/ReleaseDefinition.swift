/// How a candidate is to take the place of one of a pipeline's models, step by step.
public struct ReleaseDefinition: Sendable, Hashable, Codable {
    /// A share of the traffic that the candidate answers for a while.
    public struct Stage: Sendable, Hashable, Codable {
        /// More than 0, at most 1. Also written as a percentage, such as `10%`.
        public var share: Double
        /// How long the stage lasts at least.
        public var duration: TimeSpan
        /// How many units the candidate must have answered before the next stage.
        public var units: Int

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case share, duration, units
        }

        public init(share: Double, duration: TimeSpan, units: Int) {
            self.share = share
            self.duration = duration
            self.units = units
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            // A number of YAML can also be decoded as a string, so the number comes first.
            if let number = try? container.decode(Double.self, forKey: .share) {
                share = number
            } else {
                let text = try container.decode(String.self, forKey: .share)
                guard text.hasSuffix("%"), let percent = Double(text.dropLast()) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .share,
                        in: container,
                        debugDescription: "'\(text.prefix(40))' is not a share, such as 0.1 or 10%"
                    )
                }
                share = percent / 100
            }
            duration = try container.decodeIfPresent(TimeSpan.self, forKey: .duration) ?? Self.defaultDuration
            units = try container.decodeIfPresent(Int.self, forKey: .units) ?? Self.defaultUnits
        }

        public static let defaultDuration = TimeSpan(seconds: 600)
        public static let defaultUnits = 100
    }

    /// The candidate runs beside the champion, and its answers are compared but not returned.
    public struct Shadow: Sendable, Hashable, Codable {
        public var duration: TimeSpan
        /// How many units both must have answered.
        public var units: Int

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case duration, units
        }

        public init(duration: TimeSpan, units: Int) {
            self.duration = duration
            self.units = units
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            duration = try container.decodeIfPresent(TimeSpan.self, forKey: .duration) ?? Stage.defaultDuration
            units = try container.decodeIfPresent(Int.self, forKey: .units) ?? Stage.defaultUnits
        }
    }

    /// What it takes to promote the candidate after the last stage.
    public enum Promotion: String, Sendable, Hashable, Codable, CaseIterable {
        /// That no guardrail was broken.
        case safe
        /// That the evidence of all steps shows that the candidate is better in the goal.
        case better
        /// That someone asks for it.
        case manual
    }

    public var pipeline: String
    /// The model version that is released.
    public var candidate: ModelReference
    /// The name of the model that it replaces; `nil` if the pipeline has only one.
    public var replaces: String?
    /// The key whose value stays with the side that it got; `nil` if each request is on its own.
    public var hashKey: String?
    /// `nil` for the pipeline's own goal.
    public var goal: GoalMetric?
    /// `nil` for the pipeline's own guardrails, or the errors if it declares none.
    public var guardrails: [GuardrailMetric]?
    /// How many logged requests the candidate answers before it sees any traffic; `nil` for none.
    public var replay: Int?
    /// `nil` for no shadow step.
    public var shadow: Shadow?
    public var stages: [Stage]
    public var promote: Promotion
    /// The probability that the whole release promotes a candidate that is no better; `nil` for 0.05.
    public var alpha: Double?
    /// The release is taken back if it has not ended by then; `nil` for no limit.
    public var timeLimit: TimeSpan?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case pipeline, candidate, replaces, goal, guardrails, replay, shadow, stages, promote, alpha
        case hashKey = "hash_key"
        case timeLimit = "time_limit"
    }

    /// 1, 10 and 50 % for ten minutes each.
    public static let defaultStages = [0.01, 0.1, 0.5].map {
        Stage(share: $0, duration: Stage.defaultDuration, units: Stage.defaultUnits)
    }

    public init(
        pipeline: String,
        candidate: ModelReference,
        replaces: String? = nil,
        hashKey: String? = nil,
        goal: GoalMetric? = nil,
        guardrails: [GuardrailMetric]? = nil,
        replay: Int? = nil,
        shadow: Shadow? = nil,
        stages: [Stage] = Self.defaultStages,
        promote: Promotion = .safe,
        alpha: Double? = nil,
        timeLimit: TimeSpan? = nil
    ) {
        self.pipeline = pipeline
        self.candidate = candidate
        self.replaces = replaces
        self.hashKey = hashKey
        self.goal = goal
        self.guardrails = guardrails
        self.replay = replay
        self.shadow = shadow
        self.stages = stages
        self.promote = promote
        self.alpha = alpha
        self.timeLimit = timeLimit
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pipeline = try container.decode(String.self, forKey: .pipeline)
        candidate = try container.decode(ModelReference.self, forKey: .candidate)
        replaces = try container.decodeIfPresent(String.self, forKey: .replaces)
        hashKey = try container.decodeIfPresent(String.self, forKey: .hashKey)
        goal = try container.decodeIfPresent(GoalMetric.self, forKey: .goal)
        guardrails = try container.decodeIfPresent([GuardrailMetric].self, forKey: .guardrails)
        replay = try container.decodeIfPresent(Int.self, forKey: .replay)
        shadow = try container.decodeIfPresent(Shadow.self, forKey: .shadow)
        stages = try container.decodeIfPresent([Stage].self, forKey: .stages) ?? Self.defaultStages
        promote = try container.decodeIfPresent(Promotion.self, forKey: .promote) ?? .safe
        alpha = try container.decodeIfPresent(Double.self, forKey: .alpha)
        timeLimit = try container.decodeIfPresent(TimeSpan.self, forKey: .timeLimit)
    }
}
