/// What is to happen when something happens: a model is trained again, tested and released, or someone is told.
public struct LoopDefinition: Sendable, Hashable, Codable {
    /// What starts a run. Exactly one of the fields is declared.
    public struct Trigger: Sendable, Hashable, Codable {
        /// The name of an assay that begins to alert.
        public var assay: String?
        /// The name of a suite that fails.
        public var suite: String?
        /// The name of a pipeline whose gate refuses a model version.
        public var gate: String?
        /// A kind of event, or a group such as `release.*`.
        public var event: String?
        /// With ``event``: the name of its subject, or the pipeline that it is about; `nil` for any.
        public var subject: String?
        /// How often, at multiples of this span since the epoch.
        public var every: TimeSpan?
        /// A line of cron in UTC.
        public var cron: String?
        /// The number of labels that must come after the last run began.
        public var labels: Int?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case assay, suite, gate, event, subject, every, cron, labels
        }

        public init(
            assay: String? = nil,
            suite: String? = nil,
            gate: String? = nil,
            event: String? = nil,
            subject: String? = nil,
            every: TimeSpan? = nil,
            cron: String? = nil,
            labels: Int? = nil
        ) {
            self.assay = assay
            self.suite = suite
            self.gate = gate
            self.event = event
            self.subject = subject
            self.every = every
            self.cron = cron
            self.labels = labels
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            assay = try container.decodeIfPresent(String.self, forKey: .assay)
            suite = try container.decodeIfPresent(String.self, forKey: .suite)
            gate = try container.decodeIfPresent(String.self, forKey: .gate)
            event = try container.decodeIfPresent(String.self, forKey: .event)
            subject = try container.decodeIfPresent(String.self, forKey: .subject)
            every = try container.decodeIfPresent(TimeSpan.self, forKey: .every)
            cron = try container.decodeIfPresent(String.self, forKey: .cron)
            labels = try container.decodeIfPresent(Int.self, forKey: .labels)
        }
    }

    /// The stages of a canary, and the options of the release that the steps from `replay` to `promote` are.
    public struct Canary: Sendable, Hashable, Codable {
        /// `nil` for those of a release that declares none.
        public var stages: [ReleaseDefinition.Stage]?
        public var hashKey: String?
        public var goal: GoalMetric?
        public var guardrails: [GuardrailMetric]?
        public var alpha: Double?
        public var timeLimit: TimeSpan?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case stages, goal, guardrails, alpha
            case hashKey = "hash_key"
            case timeLimit = "time_limit"
        }

        public init(
            stages: [ReleaseDefinition.Stage]? = nil,
            hashKey: String? = nil,
            goal: GoalMetric? = nil,
            guardrails: [GuardrailMetric]? = nil,
            alpha: Double? = nil,
            timeLimit: TimeSpan? = nil
        ) {
            self.stages = stages
            self.hashKey = hashKey
            self.goal = goal
            self.guardrails = guardrails
            self.alpha = alpha
            self.timeLimit = timeLimit
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            stages = try container.decodeIfPresent([ReleaseDefinition.Stage].self, forKey: .stages)
            hashKey = try container.decodeIfPresent(String.self, forKey: .hashKey)
            goal = try container.decodeIfPresent(GoalMetric.self, forKey: .goal)
            guardrails = try container.decodeIfPresent([GuardrailMetric].self, forKey: .guardrails)
            alpha = try container.decodeIfPresent(Double.self, forKey: .alpha)
            timeLimit = try container.decodeIfPresent(TimeSpan.self, forKey: .timeLimit)
        }
    }

    /// What a run does, in this order. Each step may be missing.
    public struct Steps: Sendable, Hashable, Codable {
        /// Makes training data from the log. Its `output` is a prefix; each run has a folder of its own below it.
        public var build: TrainingSetRequest?
        /// A training job without a name. The data of ``build`` takes the place of its channels `train` and `validation`.
        public var train: TrainingDefinition?
        /// The suites that the new version must pass.
        public var test: [String]?
        /// How many logged requests the new version answers before it sees any traffic.
        public var replay: Int?
        public var shadow: ReleaseDefinition.Shadow?
        public var canary: Canary?
        /// `nil` for ``ReleaseDefinition/Promotion/manual`` if there is a step of a release.
        public var promote: ReleaseDefinition.Promotion?
        /// The message of the event `loop.finished`, with placeholders such as `{{version}}`.
        public var tell: String?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case build, train, test, replay, shadow, canary, promote, tell
        }

        public init(
            build: TrainingSetRequest? = nil,
            train: TrainingDefinition? = nil,
            test: [String]? = nil,
            replay: Int? = nil,
            shadow: ReleaseDefinition.Shadow? = nil,
            canary: Canary? = nil,
            promote: ReleaseDefinition.Promotion? = nil,
            tell: String? = nil
        ) {
            self.build = build
            self.train = train
            self.test = test
            self.replay = replay
            self.shadow = shadow
            self.canary = canary
            self.promote = promote
            self.tell = tell
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            build = try container.decodeIfPresent(TrainingSetRequest.self, forKey: .build)
            train = try container.decodeIfPresent(TrainingDefinition.self, forKey: .train)
            test = try container.decodeIfPresent([String].self, forKey: .test)
            replay = try container.decodeIfPresent(Int.self, forKey: .replay)
            shadow = try container.decodeIfPresent(ReleaseDefinition.Shadow.self, forKey: .shadow)
            canary = try container.decodeIfPresent(Canary.self, forKey: .canary)
            promote = try container.decodeIfPresent(ReleaseDefinition.Promotion.self, forKey: .promote)
            tell = try container.decodeIfPresent(String.self, forKey: .tell)
        }

        /// Whether a run releases the new version.
        public var hasRelease: Bool { replay != nil || shadow != nil || canary != nil || promote != nil }

        /// The kinds of the steps that are declared, in their order.
        public var kinds: [LoopRun.StepKind] {
            var kinds: [LoopRun.StepKind] = []
            if build != nil { kinds.append(.build) }
            if train != nil { kinds.append(.train) }
            if test != nil { kinds.append(.test) }
            if hasRelease { kinds.append(.release) }
            if tell != nil { kinds.append(.tell) }
            return kinds
        }

        /// The release that the steps from `replay` to `promote` are; `nil` without any.
        public func release(
            of candidate: ModelReference,
            in pipeline: String,
            replaces: String?
        ) -> ReleaseDefinition? {
            guard hasRelease else { return nil }
            return ReleaseDefinition(
                pipeline: pipeline,
                candidate: candidate,
                replaces: replaces,
                hashKey: canary?.hashKey,
                goal: canary?.goal,
                guardrails: canary?.guardrails,
                replay: replay,
                shadow: shadow,
                stages: canary?.stages ?? ReleaseDefinition.defaultStages,
                promote: promote ?? .manual,
                alpha: canary?.alpha,
                timeLimit: canary?.timeLimit
            )
        }
    }

    /// The loop's name, for files. That of a request's path counts.
    public var name: String?
    /// The pipeline that the loop is about.
    public var pipeline: String
    /// The name of the model that is trained; `nil` if the pipeline has only one.
    public var model: String?
    public var when: Trigger
    /// How long after the beginning of a run nothing but a user starts the next one; `nil` for no such time.
    public var cooldown: TimeSpan?
    public var then: Steps
    /// Whether only a user starts a run.
    public var isPaused: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, pipeline, model, when, cooldown, then
        case isPaused = "paused"
    }

    public init(
        name: String? = nil,
        pipeline: String,
        model: String? = nil,
        when: Trigger,
        cooldown: TimeSpan? = nil,
        then: Steps,
        isPaused: Bool = false
    ) {
        self.name = name
        self.pipeline = pipeline
        self.model = model
        self.when = when
        self.cooldown = cooldown
        self.then = then
        self.isPaused = isPaused
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        pipeline = try container.decode(String.self, forKey: .pipeline)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        when = try container.decode(Trigger.self, forKey: .when)
        cooldown = try container.decodeIfPresent(TimeSpan.self, forKey: .cooldown)
        then = try container.decode(Steps.self, forKey: .then)
        isPaused = try container.decodeIfPresent(Bool.self, forKey: .isPaused) ?? false
    }
}
