public import Foundation

/// The suites that a version of a model must have passed before it can begin to answer in a pipeline or an endpoint.
public struct Gate: Sendable, Hashable, Codable {
    /// The name of the pipeline, which is also that of an endpoint.
    public var pipeline: String
    /// The names of the suites that are required.
    public var suites: [String]
    /// Who set it last, as the client said.
    public var by: String?
    public var createdAt: Date
    public var updatedAt: Date
    /// The versions that are admitted whatever the suites say, oldest first.
    public var overrides: [GateOverride]

    private enum CodingKeys: String, CodingKey {
        case pipeline, suites, by, overrides
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    package init(pipeline: String, suites: [String], by: String?, at time: Date) {
        self.pipeline = pipeline
        self.suites = suites
        self.by = by
        createdAt = time
        updatedAt = time
        overrides = []
    }

    /// The maximum number of suites of a gate.
    package static let suiteLimit = 20
    /// The maximum number of overrides of a gate.
    package static let overrideLimit = 1000

    package func admits(_ model: ModelReference) -> Bool { overrides.contains { $0.model == model } }
}

/// The decision that a version may answer in a pipeline although it does not pass the gate.
public struct GateOverride: Sendable, Hashable, Codable {
    /// The exact version.
    public var model: ModelReference
    public var reason: String
    /// Who decided, as the client said.
    public var by: String?
    public var createdAt: Date
    /// What the version did not pass at that time, in sentences.
    public var problems: [String]

    private enum CodingKeys: String, CodingKey {
        case model, reason, by, problems
        case createdAt = "created_at"
    }

    package init(model: ModelReference, reason: String, by: String?, createdAt: Date, problems: [String]) {
        self.model = model
        self.reason = reason
        self.by = by
        self.createdAt = createdAt
        self.problems = problems
    }
}

/// What a gate says about a version of a model.
public struct GateVerdict: Sendable, Hashable, Codable {
    public var pipeline: String
    /// The workspace of the pipeline and the model.
    public var workspace: String
    /// The exact version.
    public var model: ModelReference
    /// Whether the version may begin to answer, or answers already.
    public var isAdmitted: Bool
    /// Why it may not, in sentences. An override admits a version despite of them.
    public var problems: [String]

    private enum CodingKeys: String, CodingKey {
        case pipeline, workspace, model, problems
        case isAdmitted = "admitted"
    }

    package init(pipeline: String, workspace: String, model: ModelReference, isAdmitted: Bool, problems: [String]) {
        self.pipeline = pipeline
        self.workspace = workspace
        self.model = model
        self.isAdmitted = isAdmitted
        self.problems = problems
    }
}

/// `PUT /v1/gates/{pipeline}`.
public struct GateDefinition: Sendable, Hashable, Codable {
    public var suites: [String]
    /// Who sets it.
    public var by: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case suites, by
    }

    public init(suites: [String], by: String? = nil) {
        self.suites = suites
        self.by = by
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        suites = try container.decode([String].self, forKey: .suites)
        by = try container.decodeIfPresent(String.self, forKey: .by)
    }

    /// Checks what does not depend on the catalog.
    package func check() throws(RoostError) {
        guard (1...Gate.suiteLimit).contains(suites.count) else {
            throw RoostError(
                .invalidInput,
                "A gate requires 1 to \(Gate.suiteLimit) suites. Delete the gate to require none.",
                field: "suites"
            )
        }
        for (index, suite) in suites.enumerated() {
            try Name.check(suite, what: "suite name", field: "suites[\(index)]")
            guard !suites[..<index].contains(suite) else {
                throw RoostError(.invalidInput, "Suite '\(suite)' is listed twice.", field: "suites[\(index)]")
            }
        }
    }
}

/// `POST /v1/gates/{pipeline}/overrides`.
public struct GateOverrideRequest: Sendable, Hashable, Codable {
    /// `NAME@VERSION`, by ID, its beginning, or a tag.
    public var model: ModelReference
    public var reason: String
    /// Who decides.
    public var by: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case model, reason, by
    }

    public init(model: ModelReference, reason: String, by: String? = nil) {
        self.model = model
        self.reason = reason
        self.by = by
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.decode(ModelReference.self, forKey: .model)
        reason = try container.decode(String.self, forKey: .reason)
        by = try container.decodeIfPresent(String.self, forKey: .by)
    }

    /// The maximum size of a reason in bytes.
    package static let reasonLimit = 1000

    /// Checks what does not depend on the catalog.
    package func check() throws(RoostError) {
        guard model.version != nil else {
            throw RoostError(
                .invalidInput,
                "An override admits one version. Expected NAME@VERSION, not '\(model.name.prefix(80))'.",
                field: "model"
            )
        }
        let isText = reason.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" }
        guard isText, reason.utf8.count <= Self.reasonLimit, reason.contains(where: { !$0.isWhitespace }) else {
            throw RoostError(
                .invalidInput,
                "'reason' must say why, in at most \(Self.reasonLimit) bytes without control characters.",
                field: "reason"
            )
        }
    }
}
