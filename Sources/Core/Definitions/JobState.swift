public import Foundation

/// Where a job stands: the same for training, tuning and transform jobs.
public struct JobState: Sendable, Hashable, Codable {
    /// The states of a job's life; the last three are final.
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        case inProgress = "InProgress"
        case stopping = "Stopping"
        case completed = "Completed"
        case failed = "Failed"
        case stopped = "Stopped"

        /// Nothing of the job changes any more.
        public var isFinal: Bool { self != .inProgress && self != .stopping }
    }

    /// A step on the way: `Pending`, `Starting`, `Downloading`, `Training`, `Uploading`, `Completed` …
    public struct Phase: Sendable, Hashable, Codable {
        /// What the step is called.
        public var name: String
        /// When it began.
        public var startedAt: Date
        /// When it was over; `nil` while it lasts.
        public var endedAt: Date?
        /// A sentence for people.
        public var message: String

        private enum CodingKeys: String, CodingKey {
            case name, message
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }

        /// One made of these parts.
        public init(name: String, startedAt: Date, endedAt: Date? = nil, message: String) {
            self.name = name
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.message = message
        }
    }

    /// Where the job is in its life.
    public var status: Status
    /// The steps so far, oldest first.
    public var phases: [Phase]
    /// Why it failed: `ClientError: …` where the user can mend it, `AlgorithmError: …` where the algorithm broke.
    public var failureReason: String?
    /// When it was asked for.
    public var createdAt: Date
    /// When its work began; `nil` while it waits.
    public var startedAt: Date?
    /// When its work was over.
    public var endedAt: Date?
    /// When it changed last.
    public var modifiedAt: Date

    private enum CodingKeys: String, CodingKey {
        case status, phases
        case failureReason = "failure_reason"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case modifiedAt = "modified_at"
    }

    /// A job that was just asked for.
    public init(createdAt: Date) {
        status = .inProgress
        phases = [Phase(name: "Pending", startedAt: createdAt, message: "Waiting for its turn")]
        self.createdAt = createdAt
        modifiedAt = createdAt
    }

    /// Begins the next phase, and ends the one before.
    public mutating func enter(_ phase: String, _ message: String, at time: Date) {
        if !phases.isEmpty, phases[phases.count - 1].endedAt == nil { phases[phases.count - 1].endedAt = time }
        phases.append(Phase(name: phase, startedAt: time, message: message))
        modifiedAt = time
    }

    /// Ends the job.
    public mutating func end(_ status: Status, phase: String, reason: String? = nil, at time: Date) {
        enter(phase, reason ?? "", at: time)
        phases[phases.count - 1].endedAt = time
        self.status = status
        failureReason = reason
        endedAt = time
    }
}
