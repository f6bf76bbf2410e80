public import Foundation

/// A pipeline version loaded and answering, or on its way there.
public struct Deployment: Sendable, Hashable, Codable {
    /// Where the deployment is in its life.
    public enum State: String, Sendable, Hashable, Codable {
        case starting = "Starting"
        case running = "Running"
        case updating = "Updating"
        case stopping = "Stopping"
        case stopped = "Stopped"
        case error = "Error"
    }

    /// The pipeline's name.
    public var pipeline: String
    /// Where it is in its life.
    public var state: State
    /// The version that answers; while none does, the one that was asked for.
    public var version: String
    /// Why loading failed. A failed update leaves the state at `Running`: the old version goes on answering.
    public var error: String?
    /// When it was changed last.
    public var updatedAt: Date
    /// The models that take part.
    public var models: [DeployedModel]

    private enum CodingKeys: String, CodingKey {
        case pipeline, state, version, error, models
        case updatedAt = "updated_at"
    }

    /// One made of these parts.
    public init(
        pipeline: String,
        state: State,
        version: String,
        error: String?,
        updatedAt: Date,
        models: [DeployedModel]
    ) {
        self.pipeline = pipeline
        self.state = state
        self.version = version
        self.error = error
        self.updatedAt = updatedAt
        self.models = models
    }
}

/// A model version that a deployment has loaded.
public struct DeployedModel: Sendable, Hashable, Codable {
    /// The model's name or version.
    public var model: String
    /// The version.
    public var version: String
    /// The kind of the model's artifact.
    public var framework: Framework
    /// The measured time of a run with one row, in microseconds.
    public var runTimeMicroseconds: Double
    /// Where small requests run, by that measurement: `event loop` or `thread pool`.
    public var runsOn: String

    private enum CodingKeys: String, CodingKey {
        case model, version, framework
        case runTimeMicroseconds = "run_time_us"
        case runsOn = "runs_on"
    }

    /// One made of these parts.
    public init(model: String, version: String, framework: Framework, runTimeMicroseconds: Double, runsOn: String) {
        self.model = model
        self.version = version
        self.framework = framework
        self.runTimeMicroseconds = runTimeMicroseconds
        self.runsOn = runsOn
    }
}
