public import Foundation

/// A loop, and how it is doing.
public struct Loop: Sendable, Hashable, Codable {
    /// A trigger that started no run.
    public struct Ignored: Sendable, Hashable, Codable {
        public var time: Date
        /// What happened, and why no run was started.
        public var reason: String

        public init(time: Date, reason: String) {
            self.time = time
            self.reason = reason
        }
    }

    public var name: String
    public var definition: LoopDefinition
    public var createdAt: Date
    /// The newest run; `nil` before the first.
    public var last: LoopRun?
    /// When the schedule comes next; `nil` without one, or if the loop is paused.
    public var nextAt: Date?
    /// The last trigger that started no run; `nil` if every one has.
    public var ignored: Ignored?

    private enum CodingKeys: String, CodingKey {
        case name, definition, last, ignored
        case createdAt = "created_at"
        case nextAt = "next_at"
    }

    public init(
        name: String,
        definition: LoopDefinition,
        createdAt: Date,
        last: LoopRun?,
        nextAt: Date?,
        ignored: Ignored?
    ) {
        self.name = name
        self.definition = definition
        self.createdAt = createdAt
        self.last = last
        self.nextAt = nextAt
        self.ignored = ignored
    }
}

/// One run of a loop.
public struct LoopRun: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case running
        /// Someone has asked to abort it, and what its step has begun is being taken back.
        case aborting
        /// All steps succeeded.
        case finished
        /// A step failed, and the ones after it were not begun.
        case failed
        case aborted

        /// Whether the run has not ended.
        public var isOpen: Bool { self == .running || self == .aborting }
    }

    public enum StepKind: String, Sendable, Hashable, Codable, CaseIterable {
        case build, train, test, release, tell
    }

    /// What started the run.
    public struct Cause: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            case event, schedule, labels, user
        }

        public var kind: Kind
        /// One sentence.
        public var message: String
        /// The sequence of the event; `nil` if it was none.
        public var event: Int?
        /// The user, as the client said.
        public var by: String?

        public init(kind: Kind, message: String, event: Int? = nil, by: String? = nil) {
            self.kind = kind
            self.message = message
            self.event = event
            self.by = by
        }
    }

    /// What a step came to.
    public struct Step: Sendable, Hashable, Codable {
        public enum State: String, Sendable, Hashable, Codable, CaseIterable {
            case running, succeeded, failed, aborted
        }

        public var kind: StepKind
        public var state: State
        public var startedAt: Date
        /// `nil` while the step is running.
        public var endedAt: Date?
        /// What was found, or why the step failed.
        public var finding: String?
        public var links: Links

        private enum CodingKeys: String, CodingKey {
            case kind, state, finding, links
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }

        public init(kind: StepKind, startedAt: Date) {
            self.kind = kind
            state = .running
            self.startedAt = startedAt
            links = Links()
        }
    }

    /// What a step has made.
    public struct Links: Sendable, Hashable, Codable {
        /// The training data.
        public var data: TrainingSet?
        /// The training job.
        public var job: String?
        /// The new model version, as `NAME@VERSION`.
        public var version: String?
        /// The runs of suites.
        public var suiteRuns: [String]?
        public var release: String?

        private enum CodingKeys: String, CodingKey {
            case data, job, version, release
            case suiteRuns = "suite_runs"
        }

        public init(
            data: TrainingSet? = nil,
            job: String? = nil,
            version: String? = nil,
            suiteRuns: [String]? = nil,
            release: String? = nil
        ) {
            self.data = data
            self.job = job
            self.version = version
            self.suiteRuns = suiteRuns
            self.release = release
        }

        /// Adds what the others name.
        public mutating func add(_ others: Links) {
            data = others.data ?? data
            job = others.job ?? job
            version = others.version ?? version
            suiteRuns = others.suiteRuns ?? suiteRuns
            release = others.release ?? release
        }
    }

    /// A lowercase UUID.
    public var id: String
    public var loop: String
    public var pipeline: String
    public var state: State
    public var cause: Cause
    public var startedAt: Date
    /// `nil` while the run is open.
    public var endedAt: Date?
    /// Why the run failed or was aborted; `nil` otherwise.
    public var reason: String?
    /// Those that were begun, in their order.
    public var steps: [Step]

    private enum CodingKeys: String, CodingKey {
        case id, loop, pipeline, state, cause, reason, steps
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }

    public init(id: String, loop: String, pipeline: String, cause: Cause, startedAt: Date) {
        self.id = id
        self.loop = loop
        self.pipeline = pipeline
        state = .running
        self.cause = cause
        self.startedAt = startedAt
        steps = []
    }

    /// The step of a kind, if it was begun.
    public subscript(kind: StepKind) -> Step? { steps.first { $0.kind == kind } }
}
