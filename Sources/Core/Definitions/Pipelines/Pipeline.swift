public import Foundation

/// A user's definition of a pipeline: steps in order, and validations of the outputs.
public struct PipelineDefinition: Sendable, Hashable, Codable {
    public var name: String
    /// The workspace of the pipeline and its models; `nil` means the pipeline's current workspace, or the default one.
    public var workspace: String?
    public var steps: [Step]
    public var validations: [Validation]
    public var monitoring: MonitoringSettings

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, workspace, steps, validations, goal, guardrails, labels, log
    }

    public init(
        name: String,
        workspace: String? = nil,
        steps: [Step] = [],
        validations: [Validation] = [],
        monitoring: MonitoringSettings = MonitoringSettings()
    ) {
        self.name = name
        self.workspace = workspace
        self.steps = steps
        self.validations = validations
        self.monitoring = monitoring
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        workspace = try container.decodeIfPresent(String.self, forKey: .workspace)
        steps = try container.decodeIfPresent([Step].self, forKey: .steps) ?? []
        validations = try container.decodeIfPresent([Validation].self, forKey: .validations) ?? []
        monitoring = try MonitoringSettings(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(workspace, forKey: .workspace)
        try container.encode(steps, forKey: .steps)
        try container.encode(validations, forKey: .validations)
        try monitoring.encode(to: encoder)
    }

    /// The models of all steps, in order and without duplicates.
    public var models: [ModelReference] {
        var seen: Set<ModelReference> = []
        return steps.flatMap(\.models).filter { seen.insert($0).inserted }
    }
}

/// A named condition that outputs and inputs must satisfy.
public struct Validation: Sendable, Hashable, Codable {
    public var name: String
    /// A condition in the language of ``Expression``.
    public var expression: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, expression
    }

    public init(name: String, expression: String) {
        self.name = name
        self.expression = expression
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        expression = try container.decode(String.self, forKey: .expression)
    }
}

/// A pipeline with its newest version.
public struct Pipeline: Sendable, Hashable, Codable {
    public var name: String
    public var workspace: String
    public var createdAt: Date
    public var updatedAt: Date
    /// Sorted.
    public var tags: [String]
    public var version: PipelineVersion
    /// `nil` if the pipeline was never deployed.
    public var deployment: Deployment?

    private enum CodingKeys: String, CodingKey {
        case name, workspace, tags, version, deployment
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

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

/// One immutable version of a pipeline's definition. Its model references name exact versions.
public struct PipelineVersion: Sendable, Hashable, Codable {
    /// A lowercase UUID.
    public var id: String
    public var createdAt: Date
    /// Sorted.
    public var tags: [String]
    public var steps: [Step]
    public var validations: [Validation]
    public var monitoring: MonitoringSettings
    /// The experiment of the first split; `nil` if there is none.
    public var experiment: Experiment?
    /// `nil` unless the version was made by promoting a challenger.
    public var promotion: Promotion?

    private enum CodingKeys: String, CodingKey {
        case id, tags, steps, validations, experiment, promotion
        case createdAt = "created_at"
    }

    public init(
        id: String,
        createdAt: Date,
        tags: [String] = [],
        steps: [Step],
        validations: [Validation],
        monitoring: MonitoringSettings = MonitoringSettings(),
        experiment: Experiment? = nil,
        promotion: Promotion? = nil
    ) {
        self.id = id
        self.createdAt = createdAt
        self.tags = tags
        self.steps = steps
        self.validations = validations
        self.monitoring = monitoring
        self.experiment = experiment
        self.promotion = promotion
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        tags = try container.decode([String].self, forKey: .tags)
        steps = try container.decode([Step].self, forKey: .steps)
        validations = try container.decode([Validation].self, forKey: .validations)
        monitoring = try MonitoringSettings(from: decoder)
        experiment = try container.decodeIfPresent(Experiment.self, forKey: .experiment)
        promotion = try container.decodeIfPresent(Promotion.self, forKey: .promotion)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(tags, forKey: .tags)
        try container.encode(steps, forKey: .steps)
        try container.encode(validations, forKey: .validations)
        try container.encodeIfPresent(experiment, forKey: .experiment)
        try container.encodeIfPresent(promotion, forKey: .promotion)
        try monitoring.encode(to: encoder)
    }
}

extension PipelineVersion {
    /// The keys that a request may have besides its inputs, for the splits.
    public var keys: [String] {
        var keys: [String] = []
        for step in steps {
            let key: String? =
                switch step {
                case .randomSplit(let split): split.hashKey
                case .keySplit(let split): split.key
                case .model, .shadowDeploy, .function: nil
                }
            if let key, !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    /// The hash key of the experiment; `nil` if its split chooses at random or by a key.
    public var hashKey: String? {
        guard let step = Experiment.step(in: steps), case .randomSplit(let split) = steps[step] else { return nil }
        return split.hashKey
    }
}
