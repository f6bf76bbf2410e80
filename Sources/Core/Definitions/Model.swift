public import Foundation

/// The kind of a model's artifact.
public enum Framework: String, Sendable, Hashable, Codable, CaseIterable {
    case onnx
    case tensorflow
    case xgboost
    /// What the built-in algorithms of these names make: a `model.tar.gz`.
    case linearLearner = "linear-learner"
    case kmeans
    case factorizationMachines = "factorization-machines"
    /// Whatever an algorithm that was added takes: it is served by a process of its own.
    case process
}

/// What a model was trained for, which says what its answers mean.
package struct Objective: Sendable, Hashable {
    /// As XGBoost calls it: `binary:logistic`.
    package let name: String
    /// 0 where the answer is no class.
    package let classCount: Int

    /// One made of these parts.
    package init(name: String, classCount: Int) {
        self.name = name
        self.classCount = classCount
    }
}

/// A named space that holds models and pipelines.
public struct Workspace: Sendable, Hashable, Codable {
    /// The workspace that is always there.
    public static let defaultName = "default"

    /// Its number in the catalog.
    public var id: Int
    /// Its name.
    public var name: String
    /// When it was made.
    public var createdAt: Date
    /// Names of its models.
    public var models: [String]
    /// Names of its pipelines.
    public var pipelines: [String]

    private enum CodingKeys: String, CodingKey {
        case id, name, models, pipelines
        case createdAt = "created_at"
    }

    /// One made of these parts.
    public init(id: Int, name: String, createdAt: Date, models: [String], pipelines: [String]) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.models = models
        self.pipelines = pipelines
    }
}

/// A named model and its versions, newest first.
public struct Model: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// The name of its workspace.
    public var workspace: String
    /// When it was made.
    public var createdAt: Date
    /// The versions, newest first.
    public var versions: [ModelVersion]

    private enum CodingKeys: String, CodingKey {
        case name, workspace, versions
        case createdAt = "created_at"
    }

    /// One made of these parts.
    public init(name: String, workspace: String, createdAt: Date, versions: [ModelVersion]) {
        self.name = name
        self.workspace = workspace
        self.createdAt = createdAt
        self.versions = versions
    }
}

/// One immutable upload under a model's name.
public struct ModelVersion: Sendable, Hashable, Codable {
    /// A UUID in lower case.
    public var id: String
    /// The model's name or version.
    public var model: String
    /// The name of its workspace.
    public var workspace: String
    /// The kind of the model's artifact.
    public var framework: Framework
    /// SHA-256 of the artifact's bytes, in hexadecimal.
    public var sha256: String
    /// Bytes of the artifact.
    public var byteCount: Int
    /// What the model takes and answers.
    public var signature: Signature
    /// The algorithm whose process serves it; `nil` for a model that a runtime loads.
    public var algorithm: String?
    /// The version of that algorithm, as it was when this version was made; `nil` where a script serves it.
    public var algorithmVersion: String?
    /// SHA-256 of the archive with that script's code, in hexadecimal; `nil` where the code is in the artifact.
    public var codeSHA256: String?
    /// Environment variables of that process, and what else the model's container was told.
    public var environment: [String: String]?
    /// The container image that it was made for; `nil` where it was not made for one. Answers of an endpoint are as that image's.
    public var image: String?
    /// Of a model of boosted trees: how many rounds it has, and which of them answer.
    public var boosting: Boosting?
    /// Its tags, sorted.
    public var tags: [String]
    /// When it was made.
    public var createdAt: Date
    /// How ``signature`` was read: a record of an earlier release is read again before its model answers.
    package var reading = ModelVersion.currentReading

    /// 1: outputs of several operations of TensorFlow come by name; before, in an order that could differ each time.
    package static let currentReading = 1

    private enum CodingKeys: String, CodingKey {
        case id, model, workspace, framework, sha256, signature, algorithm, environment, image, boosting, tags
        case byteCount = "byte_count"
        case createdAt = "created_at"
        case algorithmVersion = "algorithm_version"
        case codeSHA256 = "code_sha256"
    }

    /// One made of these parts.
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

    /// The reference that names this very version.
    public var reference: ModelReference { ModelReference(name: model, version: id) }
}

/// Names a model version in a definition: `NAME`, which means the newest, or `NAME@VERSION`.
public struct ModelReference: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Its name.
    public var name: String
    /// The version.
    public var version: String?

    /// One made of these parts.
    public init(name: String, version: String? = nil) {
        self.name = name
        self.version = version
    }

    /// Reads the form that `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(name: String(parts[0]), version: parts.count > 1 ? String(parts[1]) : nil)
    }

    /// Writes the form that `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// How it is shown.
    public var description: String { version.map { "\(name)@\($0)" } ?? name }
}
