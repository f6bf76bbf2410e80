public import Foundation

/// What a user declares: steps in order, and what must hold for the outputs.
public struct PipelineDefinition: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// Where the pipeline and its models are; `nil` means the default workspace, or the one that it is in already.
    public var workspace: String?
    /// The steps, in order.
    public var steps: [Step]
    /// What must hold for the outputs.
    public var validations: [Validation]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, workspace, steps, validations
    }

    /// One made of these parts.
    public init(name: String, workspace: String? = nil, steps: [Step] = [], validations: [Validation] = []) {
        self.name = name
        self.workspace = workspace
        self.steps = steps
        self.validations = validations
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        workspace = try container.decodeIfPresent(String.self, forKey: .workspace)
        steps = try container.decodeIfPresent([Step].self, forKey: .steps) ?? []
        validations = try container.decodeIfPresent([Validation].self, forKey: .validations) ?? []
    }

    /// Every model that the definition names, in order, each once.
    public var models: [ModelReference] {
        var seen: Set<ModelReference> = []
        return steps.flatMap(\.models).filter { seen.insert($0).inserted }
    }
}

/// A named expression over outputs and inputs that must hold.
public struct Validation: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// What must hold, in the language of ``Expression``.
    public var expression: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, expression
    }

    /// One made of these parts.
    public init(name: String, expression: String) {
        self.name = name
        self.expression = expression
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        expression = try container.decode(String.self, forKey: .expression)
    }
}

/// A pipeline with its newest version.
public struct Pipeline: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// The name of its workspace.
    public var workspace: String
    /// When it was made.
    public var createdAt: Date
    /// When it was changed last.
    public var updatedAt: Date
    /// Its tags, sorted.
    public var tags: [String]
    /// The version.
    public var version: PipelineVersion
    /// `nil` where the pipeline was never deployed.
    public var deployment: Deployment?

    private enum CodingKeys: String, CodingKey {
        case name, workspace, tags, version, deployment
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    /// One made of these parts.
    public init(
        name: String,
        workspace: String,
        createdAt: Date,
        updatedAt: Date,
        tags: [String],
        version: PipelineVersion,
        deployment: Deployment?
    ) {
        self.name = name
        self.workspace = workspace
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.tags = tags
        self.version = version
        self.deployment = deployment
    }
}

/// One immutable state of a pipeline's definition; its model references name exact versions.
public struct PipelineVersion: Sendable, Hashable, Codable {
    /// A UUID in lower case.
    public var id: String
    /// When it was made.
    public var createdAt: Date
    /// The steps, in order.
    public var steps: [Step]
    /// What must hold for the outputs.
    public var validations: [Validation]

    private enum CodingKeys: String, CodingKey {
        case id, steps, validations
        case createdAt = "created_at"
    }

    /// One made of these parts.
    public init(id: String, createdAt: Date, steps: [Step], validations: [Validation]) {
        self.id = id
        self.createdAt = createdAt
        self.steps = steps
        self.validations = validations
    }
}
