public import Definitions
import Foundation
import NIOHTTP1
public import NativeAPI

/// Training, tuning and transform jobs. A job is identified by its kind and name: `client.job(TrainingJob.self, "trees")`.
extension RoostClient {
    /// Starts a training job.
    public func train(_ definition: TrainingDefinition) async throws -> TrainingJob {
        try await send(.POST, Self.path(.training), definition)
    }

    /// Starts a tuning job.
    public func tune(_ definition: TuningDefinition) async throws -> TuningJob {
        try await send(.POST, Self.path(.tuning), definition)
    }

    /// Starts a transform job.
    public func transform(_ definition: TransformDefinition) async throws -> TransformJob {
        try await send(.POST, Self.path(.transform), definition)
    }

    /// Selects jobs. Unset properties match everything.
    public struct JobFilter: Sendable {
        /// Text that the name contains.
        public var nameContains: String?
        /// The job's status.
        public var status: JobState.Status?
        /// Only the trials of this tuning job.
        public var tuningJob: String?
        /// Maximum number of jobs.
        public var limit = 100
        /// Number of jobs to skip.
        public var offset = 0

        /// Selects all jobs.
        public init() {}

        var query: [String: String] {
            [
                "name_contains": nameContains, "status": status?.rawValue, "tuning_job": tuningJob, "limit": "\(limit)",
                "offset": "\(offset)",
            ].compactMapValues { $0 }
        }
    }

    /// Returns jobs of a kind, newest first.
    public func jobs<Value: Job>(_ type: Value.Type, _ filter: JobFilter = JobFilter()) async throws -> JobList<Value> {
        try await get(Self.path(type.kind), filter.query)
    }

    /// Returns a job.
    public func job<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        try await get(Self.path(type.kind, name))
    }

    /// Stops a job.
    @discardableResult
    public func stop<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        try await decode(Value.self, execute(request(.POST, Self.path(type.kind, name) + "/stop")))
    }

    /// Returns a job's output, from a position that an earlier response returned.
    public func jobLog(_ kind: JobKind, _ name: String, from: Int = 0, limit: Int = 1000) async throws -> JobLog {
        try await get(Self.path(kind, name) + "/logs", ["from": "\(from)", "limit": "\(limit)"])
    }

    /// Waits until a job ends.
    ///
    /// - Parameter onChange: Called with the job each time its state is read.
    public func waitForJob<Value: Job>(
        _ type: Value.Type,
        _ name: String,
        onChange: (Value) async throws -> Void = { _ in }
    ) async throws -> Value {
        var pause = Duration.milliseconds(50)
        while true {
            let job = try await job(type, name)
            try await onChange(job)
            if job.state.status.isFinal { return job }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, .seconds(1))
        }
    }

    static func path(_ kind: JobKind, _ name: String? = nil) -> String {
        "/v1/\(kind.collection)" + (name.map { "/" + escaped($0) } ?? "")
    }
}
