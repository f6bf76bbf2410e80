public import Foundation

/// The state of a training, tuning or transform job.
public struct JobState: Sendable, Hashable, Codable {
    /// The states in a job's life cycle. The last three are final.
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        case inProgress = "InProgress"
        case stopping = "Stopping"
        case completed = "Completed"
        case failed = "Failed"
        case stopped = "Stopped"

        /// Whether the job cannot change anymore.
        public var isFinal: Bool { self != .inProgress && self != .stopping }
    }

    /// A phase of a job: `Pending`, `Starting`, `Downloading`, `Training`, `Uploading`, `Completed` …
    public struct Phase: Sendable, Hashable, Codable {
        public var name: String
        public var startedAt: Date
        /// `nil` while the phase lasts.
        public var endedAt: Date?
        /// A description for people.
        public var message: String

        private enum CodingKeys: String, CodingKey {
            case name, message
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }

        public init(name: String, startedAt: Date, endedAt: Date? = nil, message: String) {
            self.name = name
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.message = message
        }
    }

    public var status: Status
    /// The phases so far, oldest first.
    public var phases: [Phase]
    /// Why it failed: `ClientError: …` if the user can fix it, `AlgorithmError: …` if the algorithm failed.
    public var failureReason: String?
    public var createdAt: Date
    /// `nil` while the job waits to start.
    public var startedAt: Date?
    public var endedAt: Date?
    public var modifiedAt: Date

    private enum CodingKeys: String, CodingKey {
        case status, phases
        case failureReason = "failure_reason"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case modifiedAt = "modified_at"
    }

    /// Creates the state of a new job.
    public init(createdAt: Date) {
        status = .inProgress
        phases = [Phase(name: "Pending", startedAt: createdAt, message: "Waiting for its turn")]
        self.createdAt = createdAt
        modifiedAt = createdAt
    }

    /// Begins the next phase, and ends the previous one.
    public mutating func enter(_ phase: String, _ message: String, at time: Date) {
        if !phases.isEmpty, phases[phases.count - 1].endedAt == nil { phases[phases.count - 1].endedAt = time }
        phases.append(Phase(name: phase, startedAt: time, message: message))
        modifiedAt = time
    }

    public mutating func end(_ status: Status, phase: String, reason: String? = nil, at time: Date) {
        enter(phase, reason ?? "", at: time)
        phases[phases.count - 1].endedAt = time
        self.status = status
        failureReason = reason
        endedAt = time
    }
}
