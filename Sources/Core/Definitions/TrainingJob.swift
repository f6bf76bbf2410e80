public import Foundation

/// What a user declares to train a model: an algorithm, its hyperparameters, and where the data is.
public struct TrainingDefinition: Sendable, Hashable, Codable {
    /// The job's name, unique on a server.
    public var name: String
    /// A built-in algorithm, or one that was added, by name or as a container image's URI.
    public var algorithm: String
    /// The hyperparameters, as text; each algorithm says what it knows.
    public var hyperparameters: [String: String]
    /// The data, one channel a name.
    public var channels: [DataChannel]
    /// Where the artifact goes: `s3://BUCKET/PREFIX`. It becomes `PREFIX/JOB/output/model.tar.gz`.
    public var output: String
    /// Seconds that the job may run.
    public var maxRuntime: Int
    /// Environment variables of the job's process.
    public var environment: [String: String]
    /// Metrics to read from the job's output, beside those that the algorithm defines.
    public var metrics: [MetricDefinition]
    /// `s3://BUCKET/PREFIX` that checkpoints are kept under; `nil` for none.
    public var checkpoints: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, algorithm, hyperparameters, channels, output, environment, metrics, checkpoints
        case maxRuntime = "max_runtime"
    }

    /// One made of these parts.
    public init(
        name: String,
        algorithm: String,
        hyperparameters: [String: String] = [:],
        channels: [DataChannel] = [],
        output: String,
        maxRuntime: Int = 86400,
        environment: [String: String] = [:],
        metrics: [MetricDefinition] = [],
        checkpoints: String? = nil
    ) {
        self.name = name
        self.algorithm = algorithm
        self.hyperparameters = hyperparameters
        self.channels = channels
        self.output = output
        self.maxRuntime = maxRuntime
        self.environment = environment
        self.metrics = metrics
        self.checkpoints = checkpoints
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // A trial of a tuning job gets a name of its own, and the command makes one up.
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
        algorithm = try container.decode(String.self, forKey: .algorithm)
        hyperparameters = try container.decodeIfPresent([String: String].self, forKey: .hyperparameters) ?? [:]
        channels = try container.decodeIfPresent([DataChannel].self, forKey: .channels) ?? []
        output = try container.decode(String.self, forKey: .output)
        maxRuntime = try container.decodeIfPresent(Int.self, forKey: .maxRuntime) ?? 86400
        environment = try container.decodeIfPresent([String: String].self, forKey: .environment) ?? [:]
        metrics = try container.decodeIfPresent([MetricDefinition].self, forKey: .metrics) ?? []
        checkpoints = try container.decodeIfPresent(String.self, forKey: .checkpoints)
    }
}

/// A named input of a job: the objects under a prefix, or those that a manifest lists.
public struct DataChannel: Sendable, Hashable, Codable {
    /// How ``uri`` names the objects.
    public enum Selection: String, Sendable, Hashable, Codable, CaseIterable {
        /// Every object whose key begins with the URI's.
        case prefix
        /// The URI names a JSON manifest: `[{"prefix": "s3://…"}, "relative/key", …]`.
        case manifest
    }

    /// `train`, `validation`, or what the algorithm knows.
    public var name: String
    /// `s3://BUCKET/PREFIX`.
    public var uri: String
    /// How the URI names the objects.
    public var selection: Selection
    /// `text/csv`, `text/libsvm` …; `nil` where the algorithm's default holds.
    public var contentType: String?
    /// Whether the objects are gzip files that the algorithm is to get unpacked.
    public var isCompressed: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, uri, selection
        case contentType = "content_type"
        case isCompressed = "compressed"
    }

    /// One made of these parts.
    public init(
        name: String,
        uri: String,
        selection: Selection = .prefix,
        contentType: String? = nil,
        isCompressed: Bool = false
    ) {
        self.name = name
        self.uri = uri
        self.selection = selection
        self.contentType = contentType
        self.isCompressed = isCompressed
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws { try self.init(from: decoder, defaultName: nil) }

    /// - Parameter defaultName: The name of a channel that need not have one.
    init(from decoder: any Decoder, defaultName: String?) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let given = try container.decodeIfPresent(String.self, forKey: .name)
        name = try given ?? defaultName ?? container.decode(String.self, forKey: .name)
        uri = try container.decode(String.self, forKey: .uri)
        selection = try container.decodeIfPresent(Selection.self, forKey: .selection) ?? .prefix
        contentType = try container.decodeIfPresent(String.self, forKey: .contentType)
        isCompressed = try container.decodeIfPresent(Bool.self, forKey: .isCompressed) ?? false
    }
}

/// A metric that is read from a job's output, line by line.
public struct MetricDefinition: Sendable, Hashable, Codable {
    /// What the metric is called: `validation:rmse`.
    public var name: String
    /// A regular expression whose first group is the value.
    public var pattern: String

    /// One made of these parts.
    public init(name: String, pattern: String) {
        self.name = name
        self.pattern = pattern
    }
}

/// The last value of a metric.
public struct MetricValue: Sendable, Hashable, Codable {
    /// What the metric is called.
    public var name: String
    /// Its value.
    public var value: Double
    /// When it was written.
    public var time: Date

    /// One made of these parts.
    public init(name: String, value: Double, time: Date) {
        self.name = name
        self.value = value
        self.time = time
    }
}

/// A model being trained, or how that ended.
public struct TrainingJob: Sendable, Hashable, Codable {
    /// What was asked for.
    public var definition: TrainingDefinition
    /// Where it stands.
    public var state: JobState
    /// The artifact's URI, once there is one.
    public var model: String?
    /// The last value of each metric.
    public var metrics: [MetricValue]
    /// The tuning job that it is a trial of.
    public var tuningJob: String?

    private enum CodingKeys: String, CodingKey {
        case definition, state, model, metrics
        case tuningJob = "tuning_job"
    }

    /// One made of these parts.
    public init(definition: TrainingDefinition, state: JobState, tuningJob: String? = nil) {
        self.definition = definition
        self.state = state
        self.tuningJob = tuningJob
        metrics = []
    }
}
