public import Foundation

/// What a suite said about one version of a model.
public struct SuiteRun: Sendable, Hashable, Codable {
    public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
        /// It waits for its turn.
        case pending
        case running
        /// Every case passed.
        case passed
        /// At least one case failed.
        case failed
        /// The suite could not be run, so that it says nothing about the version.
        case error

        public var isFinal: Bool { self != .pending && self != .running }
    }

    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        /// Somebody asked for it.
        case request
        /// The version was uploaded.
        case upload
        /// A training job made the version.
        case trainingJob = "training_job"
        case loop
    }

    public struct Counts: Sendable, Hashable, Codable {
        public var cases: Int
        public var failed: Int
    }

    /// A lowercase UUID.
    public var id: String
    public var suite: String
    /// The revision of the suite that is run.
    public var revision: Int
    /// The exact version that is tested.
    public var model: ModelReference
    public var workspace: String
    public var cause: Cause
    /// The training job that made the version, if it is the cause.
    public var job: String?
    /// Who asked for it, as the client told.
    public var by: String?
    public var outcome: Outcome
    /// Why the suite could not be run; `nil` unless ``outcome`` is ``Outcome/error``.
    public var reason: String?
    /// When the run was asked for.
    public var createdAt: Date
    public var startedAt: Date?
    public var endedAt: Date?
    /// How often the run was begun, which is more than once if the server ended meanwhile; `nil` for never.
    public var attempts: Int?
    /// The version that the candidate is compared with, if a case does that.
    public var champion: ModelReference?
    /// In the order of the suite; empty until the run has ended, and in lists.
    public var cases: [SuiteCaseResult]
    /// The numbers of cases, in lists, which leave out ``cases``; `nil` elsewhere.
    public var counts: Counts?

    /// The cases that did not pass.
    public var failures: [SuiteCaseResult] { cases.filter { !$0.passed } }

    public var caseCount: Int { counts?.cases ?? cases.count }
    public var failureCount: Int { counts?.failed ?? failures.count }

    /// The run for lists.
    package var withoutCases: SuiteRun {
        var run = self
        run.counts = Counts(cases: caseCount, failed: failureCount)
        run.cases = []
        return run
    }

    private enum CodingKeys: String, CodingKey {
        case id, suite, revision, model, workspace, cause, job, by, outcome, reason, attempts, champion, cases, counts
        case createdAt = "created_at"
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }

    public init(
        id: String,
        suite: String,
        revision: Int,
        model: ModelReference,
        workspace: String,
        cause: Cause,
        job: String? = nil,
        by: String? = nil,
        createdAt: Date
    ) {
        self.id = id
        self.suite = suite
        self.revision = revision
        self.model = model
        self.workspace = workspace
        self.cause = cause
        self.job = job
        self.by = by
        outcome = .pending
        self.createdAt = createdAt
        cases = []
    }
}

/// What became of one case.
public struct SuiteCaseResult: Sendable, Hashable, Codable {
    /// A number that was measured, and what it was compared with.
    public struct Measure: Sendable, Hashable, Codable {
        /// Such as `accuracy` or `p99_ms`.
        public var name: String
        /// What it was measured on, such as a data set or a batch size; `nil` if there is only one.
        public var on: String?
        /// `nil` if it is not defined.
        public var value: Double?
        /// Of the version in production, on the same rows.
        public var champion: Double?
        /// The interval of the difference of candidate and champion, at 95 %.
        public var lower: Double?
        public var upper: Double?
        public var minimum: Double?
        public var maximum: Double?
        /// The number of rows or runs.
        public var count: Int?

        public init(name: String, on: String? = nil, value: Double?) {
            self.name = name
            self.on = on
            self.value = value
        }
    }

    public var name: String
    public var kind: SuiteCase.Kind
    public var passed: Bool
    /// What was found, in a sentence.
    public var message: String
    public var measures: [Measure]
    public var elapsedMilliseconds: Double

    private enum CodingKeys: String, CodingKey {
        case name, kind, passed, message, measures
        case elapsedMilliseconds = "elapsed_ms"
    }

    public init(
        name: String,
        kind: SuiteCase.Kind,
        passed: Bool,
        message: String,
        measures: [Measure] = [],
        elapsedMilliseconds: Double = 0
    ) {
        self.name = name
        self.kind = kind
        self.passed = passed
        self.message = message
        self.measures = measures
        self.elapsedMilliseconds = elapsedMilliseconds
    }
}
