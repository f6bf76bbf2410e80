public import Foundation

/// A pipeline version that is loaded and answers requests, or is about to.
public struct Deployment: Sendable, Hashable, Codable {
    /// The states in a deployment's life cycle.
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case starting = "Starting"
        case running = "Running"
        case updating = "Updating"
        case stopping = "Stopping"
        case stopped = "Stopped"
        case error = "Error"

        /// Whether the deployment will soon be in another state.
        package var isChanging: Bool { self == .starting || self == .updating || self == .stopping }
    }

    public var pipeline: String
    public var state: State
    /// The version that answers requests; if none does, the requested one.
    public var version: String
    /// The version that was deployed before, to which a rollback returns; `nil` if there was none.
    public var previousVersion: String?
    /// Why loading failed. After a failed update, the state stays `Running`, and the old version keeps answering.
    public var error: String?
    public var updatedAt: Date
    public var models: [DeployedModel]

    private enum CodingKeys: String, CodingKey {
        case pipeline, state, version, error, models
        case previousVersion = "previous_version"
        case updatedAt = "updated_at"
    }

    public init(
        pipeline: String,
        state: State,
        version: String,
        previousVersion: String? = nil,
        error: String?,
        updatedAt: Date,
        models: [DeployedModel]
    ) {
        self.pipeline = pipeline
        self.state = state
        self.version = version
        self.previousVersion = previousVersion
        self.error = error
        self.updatedAt = updatedAt
        self.models = models
    }
}

/// A model version that a deployment has loaded.
public struct DeployedModel: Sendable, Hashable, Codable {
    public var model: String
    public var version: String
    public var framework: Framework
    /// The measured time of a one-row run, in microseconds.
    public var runTimeMicroseconds: Double
    /// Where small requests run, based on that time: `event loop` or `thread pool`.
    public var runsOn: String

    private enum CodingKeys: String, CodingKey {
        case model, version, framework
        case runTimeMicroseconds = "run_time_us"
        case runsOn = "runs_on"
    }

    public init(model: String, version: String, framework: Framework, runTimeMicroseconds: Double, runsOn: String) {
        self.model = model
        self.version = version
        self.framework = framework
        self.runTimeMicroseconds = runTimeMicroseconds
        self.runsOn = runsOn
    }
}
