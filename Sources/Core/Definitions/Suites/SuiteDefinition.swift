public import Foundation

/// What a version of a model must do before it is used: a list of cases, each of which passes or fails.
public struct SuiteDefinition: Sendable, Hashable, Codable {
    /// The suite's name, in a file. A request has it in its path.
    public var name: String?
    /// The model that is tested by itself. Exactly one of this and ``pipeline`` is set.
    public var model: String?
    /// The pipeline that is tested with the candidate in the place of one of its models.
    public var pipeline: String?
    /// The name of the model of ``pipeline`` that the candidate replaces; `nil` if it has only one.
    public var replaces: String?
    /// The workspace of ``model``; `nil` for the default one. A pipeline has its own.
    public var workspace: String?
    /// The pipeline whose answering version of the model a candidate is compared with; `nil` for the only one that serves it.
    public var champion: String?
    /// The pattern of the names, or the algorithms, of the training jobs whose models are imported and tested; `*` is any text.
    public var trainingJobs: String?
    public var cases: [SuiteCase]

    /// The most cases of a suite.
    public static let caseLimit = 200
    /// The largest size of a suite in bytes, as JSON.
    public static let byteLimit = 1 << 20

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, model, pipeline, replaces, workspace, champion, cases
        case trainingJobs = "training_jobs"
    }

    public init(
        name: String? = nil,
        model: String? = nil,
        pipeline: String? = nil,
        replaces: String? = nil,
        workspace: String? = nil,
        champion: String? = nil,
        trainingJobs: String? = nil,
        cases: [SuiteCase]
    ) {
        self.name = name
        self.model = model
        self.pipeline = pipeline
        self.replaces = replaces
        self.workspace = workspace
        self.champion = champion
        self.trainingJobs = trainingJobs
        self.cases = cases
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        pipeline = try container.decodeIfPresent(String.self, forKey: .pipeline)
        replaces = try container.decodeIfPresent(String.self, forKey: .replaces)
        workspace = try container.decodeIfPresent(String.self, forKey: .workspace)
        champion = try container.decodeIfPresent(String.self, forKey: .champion)
        trainingJobs = try container.decodeIfPresent(String.self, forKey: .trainingJobs)
        cases = try container.decode([SuiteCase].self, forKey: .cases)
    }
}

/// A suite as it is stored.
public struct Suite: Sendable, Hashable, Codable {
    public var name: String
    /// From 1. A definition that differs from the one before has the next one.
    public var revision: Int
    /// The name of the model whose versions are tested.
    public var model: String
    public var workspace: String
    /// In a list without its cases.
    public var definition: SuiteDefinition
    public var caseCount: Int
    /// The first pipelines whose gates require the suite, up to ``gateLimit``.
    public var gates: [String]
    public var createdAt: Date
    public var updatedAt: Date
    /// The newest run, in a list without its cases; `nil` if there was none.
    public var lastRun: SuiteRun?

    /// The most pipelines that are named in ``gates``.
    public static let gateLimit = 10

    private enum CodingKeys: String, CodingKey {
        case name, revision, model, workspace, definition, gates
        case caseCount = "case_count"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case lastRun = "last_run"
    }

    public init(
        name: String,
        revision: Int,
        model: String,
        workspace: String,
        definition: SuiteDefinition,
        caseCount: Int? = nil,
        gates: [String] = [],
        createdAt: Date,
        updatedAt: Date,
        lastRun: SuiteRun? = nil
    ) {
        self.name = name
        self.revision = revision
        self.model = model
        self.workspace = workspace
        self.definition = definition
        self.caseCount = caseCount ?? definition.cases.count
        self.gates = gates
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastRun = lastRun
    }
}
