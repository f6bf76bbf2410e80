public import Foundation

/// The newest run of a suite on a model version.
public struct SuiteVerdict: Sendable, Hashable, Codable {
    public var suite: String
    /// The revision of the suite that was run.
    public var revision: Int
    public var outcome: SuiteRun.Outcome
    /// The ID of the run.
    public var run: String
    /// `nil` until the run has ended.
    public var endedAt: Date?

    private enum CodingKeys: String, CodingKey {
        case suite, revision, outcome, run
        case endedAt = "ended_at"
    }

    public init(suite: String, revision: Int, outcome: SuiteRun.Outcome, run: String, endedAt: Date?) {
        self.suite = suite
        self.revision = revision
        self.outcome = outcome
        self.run = run
        self.endedAt = endedAt
    }
}
