public import Definitions
public import Foundation

/// `GET /v1/overview`.
public struct Overview: Sendable, Codable {
    /// Something that is the case now, or has happened lately.
    public struct Item: Sendable, Hashable, Codable {
        /// What it is about.
        public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            case deploymentFailed = "deployment_failed"
            case driftAlert = "drift_alert"
            case endpointFailed = "endpoint_failed"
            case gateRefused = "gate_refused"
            case jobFailed = "job_failed"
            case limitReached = "limit_reached"
            case loopFailed = "loop_failed"
            case monitoringAlert = "monitoring_alert"
            case suiteFailed = "suite_failed"
            case verdict
            case jobRunning = "job_running"
            case loopRunning = "loop_running"
            case releaseRunning = "release_running"
        }

        public var kind: Kind
        public var subject: Event.Subject
        /// The pipeline that it concerns; `nil` if there is none.
        public var pipeline: String?
        /// Why, in one sentence.
        public var reason: String
        public var since: Date
        /// Facts by name, such as the kind of a job.
        public var details: [String: String]

        public init(
            _ kind: Kind,
            _ subject: Event.Subject,
            pipeline: String?,
            _ reason: String,
            since: Date,
            details: [String: String] = [:]
        ) {
            self.kind = kind
            self.subject = subject
            self.pipeline = pipeline
            self.reason = reason
            self.since = since
            self.details = details
        }
    }

    /// A workspace with the numbers of its models and pipelines.
    public struct WorkspaceSize: Sendable, Hashable, Codable {
        public var name: String
        public var models: Int
        public var pipelines: Int

        public init(name: String, models: Int, pipelines: Int) {
            self.name = name
            self.models = models
            self.pipelines = pipelines
        }
    }

    public var counts: RecordCounts
    /// By name, the first thousand; `nil` from servers before 0.3.
    public var workspaces: [WorkspaceSize]?
    /// The number of pipelines that answer.
    public var running: Int
    /// What a person should look at, the newest first. Failures stay for a day, verdicts for a week.
    public var needs: [Item]
    /// What is under way.
    public var underWay: [Item]

    private enum CodingKeys: String, CodingKey {
        case counts, workspaces, running, needs
        case underWay = "under_way"
    }

    public init(
        counts: RecordCounts,
        workspaces: [WorkspaceSize],
        running: Int,
        needs: [Item],
        underWay: [Item]
    ) {
        self.counts = counts
        self.workspaces = workspaces
        self.running = running
        self.needs = needs
        self.underWay = underWay
    }
}

extension Overview: WireType {
    package static let schema = Schema.object([
        "counts": .map(.integer()),
        "workspaces": .list(
            .object(["name": .name, "models": .integer(min: 0), "pipelines": .integer(min: 0)])
        ),
        "running": .integer(), "needs": .list(item), "under_way": .list(item),
    ])

    private static let item = Schema.object(
        [
            "kind": .choice(of: Item.Kind.self),
            "subject": .object(["kind": .choice(of: Event.Subject.Kind.self), "name": .string()]),
            "reason": .string(), "since": .time, "details": .map(.string()),
        ],
        optional: ["pipeline": .string()]
    )
}
