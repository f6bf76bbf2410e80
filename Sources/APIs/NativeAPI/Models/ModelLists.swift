public import Definitions

/// `GET /v1/models`.
public struct ModelList: Sendable, Codable {
    public var models: [Model]
    /// The number of models on all pages; `nil` unless a page was asked for.
    public var total: Int?

    public init(models: [Model], total: Int? = nil) {
        self.models = models
        self.total = total
    }
}

extension ModelList: WireType {
    package static let schema = Schema.object(["models": .list(of: Model.self)], optional: ["total": .integer()])
}

/// `GET /v1/models/{model}/versions`.
public struct ModelVersionList: Sendable, Codable {
    /// The versions, newest first, without what suites say about them.
    public var versions: [ModelVersion]
    /// The number of versions on all pages.
    public var total: Int
    /// By the IDs of the versions that suites have tested: how many of these suites have which outcome.
    public var suites: [String: [String: Int]]

    public init(versions: [ModelVersion], total: Int, suites: [String: [String: Int]]) {
        self.versions = versions
        self.total = total
        self.suites = suites
    }
}

extension ModelVersionList: WireType {
    package static let schema = Schema.object([
        "versions": .list(of: ModelVersion.self), "total": .integer(),
        "suites": .described(
            "By the IDs of the versions that suites have tested: how many of these suites have which outcome.",
            .map(.map(.integer(min: 1)))
        ),
    ])
}

/// `GET /v1/models/{model}/uses`.
public struct ModelUseList: Sendable, Codable {
    /// The most pipelines that are listed although they do not answer.
    static let limit = 100

    /// Those that answer first, by name.
    public var uses: [ModelUse]
    /// The number of pipelines that are not listed. It answers in none of them.
    public var more: Int

    public init(uses: [ModelUse], more: Int) {
        self.uses = uses
        self.more = more
    }
}

extension ModelUseList: WireType {
    package static let schema = Schema.object(["uses": .list(of: ModelUse.self), "more": .integer(min: 0)])
}

extension ModelUse: WireType {
    package static let schema = Schema.object([
        "pipeline": .name, "version": .uuid,
        "answers": .described(
            "Whether it answers in the pipeline now. Otherwise the pipeline's newest version names it.",
            .boolean
        ),
    ])
}
