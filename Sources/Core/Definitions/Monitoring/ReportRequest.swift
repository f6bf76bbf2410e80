public import Foundation

/// What a report is to be about.
public struct ReportRequest: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case experiment, shadow, replay
    }

    /// `nil` for the kind that fits: `replay` with a candidate, `shadow` if the pipeline has a shadow deploy, else `experiment`.
    public var kind: Kind?
    /// Inclusive; `nil` for the beginning of the experiment, or of the log.
    public var start: Date?
    /// Exclusive; `nil` for now.
    public var end: Date?
    /// The id of an earlier experiment; `nil` for the current one.
    public var experiment: String?
    /// `nil` for the goal of the pipeline's definition.
    public var goal: GoalMetric?
    /// `nil` for the guardrails of the pipeline's definition.
    public var guardrails: [GuardrailMetric]?
    /// The model version of a replay that answers logged requests, such as `house-price@v2`; without a version the newest.
    public var candidate: ModelReference?
    /// The name of the model whose place the candidate takes in a replay; `nil` if there is only one.
    public var replaces: String?
    /// How many requests are replayed, the newest ones; `nil` for ``defaultRequests``.
    public var requests: Int?

    public static let defaultRequests = 1000
    public static let requestLimit = 100_000

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, start, end, experiment, goal, guardrails, candidate, replaces, requests
    }

    public init(
        kind: Kind? = nil,
        start: Date? = nil,
        end: Date? = nil,
        experiment: String? = nil,
        goal: GoalMetric? = nil,
        guardrails: [GuardrailMetric]? = nil,
        candidate: ModelReference? = nil,
        replaces: String? = nil,
        requests: Int? = nil
    ) {
        self.kind = kind
        self.start = start
        self.end = end
        self.experiment = experiment
        self.goal = goal
        self.guardrails = guardrails
        self.candidate = candidate
        self.replaces = replaces
        self.requests = requests
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decodeIfPresent(Kind.self, forKey: .kind)
        start = try container.decodeIfPresent(Date.self, forKey: .start)
        end = try container.decodeIfPresent(Date.self, forKey: .end)
        experiment = try container.decodeIfPresent(String.self, forKey: .experiment)
        goal = try container.decodeIfPresent(GoalMetric.self, forKey: .goal)
        guardrails = try container.decodeIfPresent([GuardrailMetric].self, forKey: .guardrails)
        candidate = try container.decodeIfPresent(ModelReference.self, forKey: .candidate)
        replaces = try container.decodeIfPresent(String.self, forKey: .replaces)
        requests = try container.decodeIfPresent(Int.self, forKey: .requests)
    }
}

/// A report that was made and kept. Exactly one of `experiment` and `shadow` is set; a replay has the latter.
public struct Report: Sendable, Hashable, Codable {
    /// A lowercase UUID.
    public var id: String
    public var pipeline: String
    public var createdAt: Date
    public var kind: ReportRequest.Kind
    /// Inclusive.
    public var start: Date
    /// Exclusive.
    public var end: Date
    /// The inferences of the window, the challengers' included.
    public var entries: Int
    /// What the reader should know: what the statistics assume, and what was left out.
    public var notes: [String]
    public var experiment: ExperimentReport?
    public var shadow: ShadowReport?

    private enum CodingKeys: String, CodingKey {
        case id, pipeline, kind, start, end, entries, notes, experiment, shadow
        case createdAt = "created_at"
    }

    public init(
        id: String,
        pipeline: String,
        createdAt: Date,
        kind: ReportRequest.Kind,
        start: Date,
        end: Date,
        entries: Int,
        notes: [String],
        experiment: ExperimentReport?,
        shadow: ShadowReport?
    ) {
        self.id = id
        self.pipeline = pipeline
        self.createdAt = createdAt
        self.kind = kind
        self.start = start
        self.end = end
        self.entries = entries
        self.notes = notes
        self.experiment = experiment
        self.shadow = shadow
    }
}

/// What came of computing a kept report again.
public struct ReportVerification: Sendable, Hashable, Codable {
    public var report: String
    /// Whether the recorded inputs give the recorded result, bit for bit.
    public var isReproduced: Bool
    /// What differs, if they do not.
    public var differences: [String]
    /// Whether the log still holds what was recorded.
    public var logAgrees: Bool
    /// What the log no longer holds, or holds otherwise.
    public var logDifferences: [String]

    private enum CodingKeys: String, CodingKey {
        case report, differences
        case isReproduced = "is_reproduced"
        case logAgrees = "log_agrees"
        case logDifferences = "log_differences"
    }

    public init(
        report: String,
        isReproduced: Bool,
        differences: [String],
        logAgrees: Bool,
        logDifferences: [String]
    ) {
        self.report = report
        self.isReproduced = isReproduced
        self.differences = differences
        self.logAgrees = logAgrees
        self.logDifferences = logDifferences
    }
}
