public import Foundation

/// A user's definition of a training job: an algorithm, its hyperparameters, and the data.
public struct TrainingDefinition: Sendable, Hashable, Codable {
    /// The job's name, unique on the server.
    public var name: String
    /// A built-in or custom algorithm, by name or by the URI of a container image.
    public var algorithm: String
    public var hyperparameters: [String: String]
    /// The data, in channels with unique names.
    public var channels: [DataChannel]
    /// The `s3://BUCKET/PREFIX` for the artifact, which becomes `PREFIX/JOB/output/model.tar.gz`.
    public var output: String
    /// The maximum duration in seconds.
    public var maxRuntime: Int
    /// Environment variables of the job's process.
    public var environment: [String: String]
    /// Metrics to read from the job's output, in addition to the algorithm's own.
    public var metrics: [MetricDefinition]
    /// The `s3://BUCKET/PREFIX` for checkpoints; `nil` for none.
    public var checkpoints: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, algorithm, hyperparameters, channels, output, environment, metrics, checkpoints
        case maxRuntime = "max_runtime"
    }

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

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // The trials of a tuning job get their own names, and the command generates a name.
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

/// A named input of a job: the objects under a prefix, or the objects in a manifest.
public struct DataChannel: Sendable, Hashable, Codable {
    /// How ``uri`` selects the objects.
    public enum Selection: String, Sendable, Hashable, Codable, CaseIterable {
        /// Every object whose key begins with the URI's key.
        case prefix
        /// The URI is that of a JSON manifest: `[{"prefix": "s3://…"}, "relative/key", …]`.
        case manifest
    }

    /// `train`, `validation`, or another channel that the algorithm supports.
    public var name: String
    /// `s3://BUCKET/PREFIX`.
    public var uri: String
    public var selection: Selection
    /// `text/csv`, `text/libsvm` …; `nil` for the algorithm's default.
    public var contentType: String?
    /// Whether the objects are gzip files that are decompressed for the algorithm.
    public var isCompressed: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, uri, selection
        case contentType = "content_type"
        case isCompressed = "compressed"
    }

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

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws { try self.init(from: decoder, defaultName: nil) }

    /// - Parameter defaultName: The name of a channel without one; `nil` if it must have one.
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
    /// The metric's name, such as `validation:rmse`.
    public var name: String
    /// A regular expression whose first group is the value.
    public var pattern: String

    public init(name: String, pattern: String) {
        self.name = name
        self.pattern = pattern
    }
}

/// The last value of a metric.
public struct MetricValue: Sendable, Hashable, Codable {
    public var name: String
    public var value: Double
    public var time: Date

    public init(name: String, value: Double, time: Date) {
        self.name = name
        self.value = value
        self.time = time
    }
}

/// A running or finished training of a model.
public struct TrainingJob: Sendable, Hashable, Codable {
    public var definition: TrainingDefinition
    public var state: JobState
    /// The artifact's URI, once it exists.
    public var model: String?
    /// The hexadecimal SHA-256 of the artifact; `nil` for jobs from before it was recorded.
    public var modelSHA256: String?
    /// What the job has read, in the order of its channels; `nil` before that, and for jobs from before it was recorded.
    public var data: [DataDigest]?
    /// The last value of each metric.
    public var metrics: [MetricValue]
    /// The tuning job that this job is a trial of.
    public var tuningJob: String?

    private enum CodingKeys: String, CodingKey {
        case definition, state, model, data, metrics
        case modelSHA256 = "model_sha256"
        case tuningJob = "tuning_job"
    }

    public init(definition: TrainingDefinition, state: JobState, tuningJob: String? = nil) {
        self.definition = definition
        self.state = state
        self.tuningJob = tuningJob
        metrics = []
    }
}
