public import Foundation

/// A candidate that is taking the place of a pipeline's model, or has tried to.
public struct Release: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case running
        /// Watched, but not going on to the next step.
        case paused
        /// The pipeline answers with the candidate.
        case promoted
        /// The pipeline answers as before, because something spoke against the candidate.
        case rolledBack = "rolled_back"
        /// The pipeline answers as before, because someone asked for it.
        case aborted
        /// The pipeline answers as before, because the release could not go on.
        case failed

        /// Whether the release has not ended.
        public var isOpen: Bool { self == .running || self == .paused }

        /// The state in a sentence, such as `rolled back`.
        public var words: String { rawValue.replacing("_", with: " ") }
    }

    public enum StepKind: String, Sendable, Hashable, Codable, CaseIterable {
        case replay, shadow, canary
    }

    /// What a step came to.
    public struct Step: Sendable, Hashable, Codable {
        public var kind: StepKind
        /// The share of the traffic that the candidate answered; `nil` but for a stage of the canary.
        public var share: Double?
        public var startedAt: Date
        /// `nil` while the step is running.
        public var endedAt: Date?
        /// The units that the candidate answered.
        public var units: Int
        /// What the step adds to the evidence that the candidate is better in the goal, as a factor; `nil` without a goal.
        public var evidence: Double?
        /// The report on it.
        public var report: String?
        /// What was found, in a sentence.
        public var finding: String?

        private enum CodingKeys: String, CodingKey {
            case kind, share, units, evidence, report, finding
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }

        public init(kind: StepKind, share: Double? = nil, startedAt: Date) {
            self.kind = kind
            self.share = share
            self.startedAt = startedAt
            units = 0
        }
    }

    /// The level that the evidence is compared with, by e-LOND over the releases of the pipeline.
    public struct Level: Sendable, Hashable, Codable {
        /// The share of promoted candidates that may be no better, over all releases.
        public var alpha: Double
        /// The place of this release among those of the pipeline that promote the better one, from 1.
        public var position: Int
        /// The promotions before this release.
        public var promotions: Int
        /// The evidence must reach 1/`value`.
        public var value: Double

        public init(alpha: Double, position: Int, promotions: Int, value: Double) {
            self.alpha = alpha
            self.position = position
            self.promotions = promotions
            self.value = value
        }
    }

    /// A lowercase UUID.
    public var id: String
    public var pipeline: String
    public var state: State
    /// With exact model versions, and what the pipeline declares.
    public var definition: ReleaseDefinition
    public var champion: ModelReference
    public var candidate: ModelReference
    /// Who asked for it, as the client told.
    public var by: String?
    public var createdAt: Date
    public var endedAt: Date?
    /// The version of the pipeline that answered before.
    public var fromVersion: String
    /// The version of the pipeline that answers with the candidate alone; `nil` unless it was promoted.
    public var toVersion: String?
    /// Why the release ended or is paused.
    public var reason: String?
    /// In the order in which they began.
    public var steps: [Step]
    /// `nil` without a goal.
    public var level: Level?

    private enum CodingKeys: String, CodingKey {
        case id, pipeline, state, definition, champion, candidate, by, reason, steps, level
        case createdAt = "created_at"
        case endedAt = "ended_at"
        case fromVersion = "from_version"
        case toVersion = "to_version"
    }

    public init(
        id: String,
        definition: ReleaseDefinition,
        champion: ModelReference,
        by: String?,
        createdAt: Date,
        fromVersion: String,
        level: Level?
    ) {
        self.id = id
        pipeline = definition.pipeline
        state = .running
        self.definition = definition
        self.champion = champion
        candidate = definition.candidate
        self.by = by
        self.createdAt = createdAt
        self.fromVersion = fromVersion
        self.level = level
        steps = []
    }
}

/// A release, and what is seen of its current step.
public struct ReleaseStatus: Sendable, Hashable, Codable {
    /// A guardrail of the current stage.
    public struct Guardrail: Sendable, Hashable, Codable {
        public var metric: GuardrailMetric
        /// Of the champion, since the canary began; `nil` without requests.
        public var champion: Double?
        public var candidate: Double?
        /// That the candidate is worse, or above the limit.
        public var evidence: Double
        /// The evidence at which the release is rolled back.
        public var bound: Double

        public init(metric: GuardrailMetric, champion: Double?, candidate: Double?, evidence: Double, bound: Double) {
            self.metric = metric
            self.champion = champion
            self.candidate = candidate
            self.evidence = evidence
            self.bound = bound
        }
    }

    /// How far the current stage has come.
    public struct Stage: Sendable, Hashable, Codable {
        /// From 0.
        public var index: Int
        public var share: Double
        public var watchedSeconds: Double
        public var duration: TimeSpan
        public var units: Int
        public var unitsNeeded: Int

        private enum CodingKeys: String, CodingKey {
            case index, share, duration, units
            case watchedSeconds = "watched_s"
            case unitsNeeded = "units_needed"
        }

        public init(
            index: Int,
            share: Double,
            watchedSeconds: Double,
            duration: TimeSpan,
            units: Int,
            unitsNeeded: Int
        ) {
            self.index = index
            self.share = share
            self.watchedSeconds = watchedSeconds
            self.duration = duration
            self.units = units
            self.unitsNeeded = unitsNeeded
        }
    }

    /// That the candidate is better in the goal, over all steps.
    public struct Evidence: Sendable, Hashable, Codable {
        public var value: Double
        /// The evidence that promotes the candidate.
        public var bound: Double

        public init(value: Double, bound: Double) {
            self.value = value
            self.bound = bound
        }
    }

    public var release: Release
    /// `nil` if the release is not at a stage of its canary.
    public var stage: Stage?
    public var guardrails: [Guardrail]
    /// `nil` without a goal.
    public var evidence: Evidence?
    /// What the release waits for.
    public var waitingFor: String?

    private enum CodingKeys: String, CodingKey {
        case release, stage, guardrails, evidence
        case waitingFor = "waiting_for"
    }

    public init(
        release: Release,
        stage: Stage? = nil,
        guardrails: [Guardrail] = [],
        evidence: Evidence? = nil,
        waitingFor: String? = nil
    ) {
        self.release = release
        self.stage = stage
        self.guardrails = guardrails
        self.evidence = evidence
        self.waitingFor = waitingFor
    }
}
