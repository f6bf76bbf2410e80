public import Foundation

/// The kind of a model's artifact.
public enum Framework: String, Sendable, Hashable, Codable, CaseIterable {
    case onnx
    case tensorflow
    case xgboost
    /// A `model.tar.gz` of the built-in algorithm of this name, like the two that follow.
    case linearLearner = "linear-learner"
    case kmeans
    case factorizationMachines = "factorization-machines"
    /// An artifact for a custom algorithm or script, which serves it in its own process.
    case process
}

/// What a model was trained for, which determines the meaning of its outputs.
package struct Objective: Sendable, Hashable {
    /// XGBoost's name, such as `binary:logistic`.
    package let name: String
    /// The number of classes; 0 if the model does not classify.
    package let classCount: Int

    package init(name: String, classCount: Int) {
        self.name = name
        self.classCount = classCount
    }
}

/// A namespace for models and pipelines.
public struct Workspace: Sendable, Hashable, Codable {
    /// The workspace that always exists.
    public static let defaultName = "default"

    public var id: Int
    public var name: String
    public var createdAt: Date
    /// The names of its models.
    public var models: [String]
    /// The names of its pipelines.
    public var pipelines: [String]

    private enum CodingKeys: String, CodingKey {
        case id, name, models, pipelines
        case createdAt = "created_at"
    }

    public init(id: Int, name: String, createdAt: Date, models: [String], pipelines: [String]) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.models = models
        self.pipelines = pipelines
    }
}

/// A model and its versions.
public struct Model: Sendable, Hashable, Codable {
    public var name: String
    public var workspace: String
    public var createdAt: Date
    /// Newest first: all of them, or in pages of a list, the newest only.
    public var versions: [ModelVersion]
    /// The number of all versions.
    public var versionCount: Int

    private enum CodingKeys: String, CodingKey {
        case name, workspace, versions
        case createdAt = "created_at"
        case versionCount = "version_count"
    }

    /// - Parameter versionCount: The number of all versions; `nil` if these are all.
    public init(
        name: String,
        workspace: String,
        createdAt: Date,
        versions: [ModelVersion],
        versionCount: Int? = nil
    ) {
        self.name = name
        self.workspace = workspace
        self.createdAt = createdAt
        self.versions = versions
        self.versionCount = versionCount ?? versions.count
    }
}

/// A pipeline that uses a version of a model.
public struct ModelUse: Sendable, Hashable, Codable {
    public var pipeline: String
    /// The ID of the model's version.
    public var version: String
    /// Whether it answers in the pipeline now. Otherwise the pipeline's newest version names it.
    public var answers: Bool

    package init(pipeline: String, version: String, answers: Bool) {
        self.pipeline = pipeline
        self.version = version
        self.answers = answers
    }
}

/// One immutable upload under a model's name.
public struct ModelVersion: Sendable, Hashable, Codable {
    /// A lowercase UUID.
    public var id: String
    /// The model's name.
    public var model: String
    public var workspace: String
    public var framework: Framework
    /// The hexadecimal SHA-256 of the artifact.
    public var sha256: String
    /// The size of the artifact in bytes.
    public var byteCount: Int
    public var signature: Signature
    /// The algorithm whose process serves the model; `nil` if a runtime loads it.
    public var algorithm: String?
    /// The version of that algorithm when this version was created; `nil` if a script serves the model.
    public var algorithmVersion: String?
    /// The hexadecimal SHA-256 of the archive with the script's code; `nil` if the code is in the artifact.
    public var codeSHA256: String?
    /// The environment variables of that process, and other settings of the model's container.
    public var environment: [String: String]?
    /// The container image that the model was made for, if any. An endpoint responds like that image.
    public var image: String?
    /// The rounds of a boosted-tree model.
    public var boosting: Boosting?
    /// Sorted.
    public var tags: [String]
    public var createdAt: Date
    /// Where it comes from; `nil` if nothing is known, as of versions from before it was recorded.
    public var lineage: Lineage?
    /// The newest run of each suite that tested it, by the names of the suites; `nil` if there is none.
    public var suites: [SuiteVerdict]?
    /// How ``signature`` was read. The artifact of an earlier release's record is read again before the model is used.
    package var reading = ModelVersion.currentReading

    /// 1: the outputs of several TensorFlow operations are sorted by name. Before, their order could vary.
    package static let currentReading = 1

    private enum CodingKeys: String, CodingKey {
        case id, model, workspace, framework, sha256, signature, algorithm, environment, image, boosting, tags, lineage
        case suites
        case byteCount = "byte_count"
        case createdAt = "created_at"
        case algorithmVersion = "algorithm_version"
        case codeSHA256 = "code_sha256"
    }

    public init(
        id: String,
        model: String,
        workspace: String,
        framework: Framework,
        sha256: String,
        byteCount: Int,
        signature: Signature,
        tags: [String],
        createdAt: Date
    ) {
        self.id = id
        self.model = model
        self.workspace = workspace
        self.framework = framework
        self.sha256 = sha256
        self.byteCount = byteCount
        self.signature = signature
        self.tags = tags
        self.createdAt = createdAt
    }

    /// The reference to this exact version.
    public var reference: ModelReference { ModelReference(name: model, version: id) }
}

/// A reference to a model version: `NAME`, which means the newest, or `NAME@VERSION`.
public struct ModelReference: Sendable, Hashable, Codable, CustomStringConvertible {
    public var name: String
    public var version: String?

    public init(name: String, version: String? = nil) {
        self.name = name
        self.version = version
    }

    /// - Parameter text: `NAME` or `NAME@VERSION`.
    package init(parsing text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(name: String(parts[0]), version: parts.count > 1 ? String(parts[1]) : nil)
    }

    public init(from decoder: any Decoder) throws {
        self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String { version.map { "\(name)@\($0)" } ?? name }
    /// The name with the beginning of the version, for people to read.
    public var brief: String { version.map { "\(name)@\($0.prefix(8))" } ?? name }
}
