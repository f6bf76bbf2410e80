public import Definitions
package import Platform

/// The operations on pipelines and their logs.
package struct PipelineOperations: OperationGroup {
    let platform: Platform

    private static let version = "/v1/pipelines/{pipeline}/versions/{version}"

    package init(platform: Platform) { self.platform = platform }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/pipelines",
            id: "listPipelines",
            "List the pipelines of a workspace, or of all workspaces",
            query: [.workspaces] + .page,
            returns: PipelineList.self
        ) { call in
            let workspace = call.workspaceFilter
            guard let page = try call.page() else {
                return PipelineList(pipelines: try await platform.pipelines(in: workspace))
            }
            let (found, total) = try await platform.pipelines(in: workspace, page)
            return PipelineList(pipelines: found, total: total)
        }

        APIOperation(
            .post,
            "/v1/pipelines",
            id: "createPipeline",
            "Create a pipeline",
            body: PipelineDefinition.self,
            returns: Pipeline.self,
            status: .created
        ) { _, definition in try await platform.define(definition, mustBeNew: true).pipeline }

        APIOperation(
            .put,
            "/v1/pipelines/{pipeline}",
            id: "applyPipeline",
            "Create a pipeline, or change its definition",
            body: PipelineDefinition.self,
            returns: Pipeline.self,
            orCreates: "The pipeline was created"
        ) { call, definition in
            try Self.check(definition, call)
            return try await platform.define(definition, mustBeNew: false)
        }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/resolve",
            id: "resolvePipeline",
            "Check a definition without applying it, and return it with exact model versions",
            body: PipelineDefinition.self,
            returns: PipelineDefinition.self
        ) { call, definition in
            try Self.check(definition, call)
            return try await platform.resolve(definition)
        }

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}",
            id: "getPipeline",
            "Get a pipeline",
            returns: Pipeline.self
        ) { call in try await platform.pipeline(named: call.parameter("pipeline")) }

        APIOperation(
            .delete,
            "/v1/pipelines/{pipeline}",
            id: "deletePipeline",
            "Delete a pipeline with its versions",
            query: .deletion,
            returns: Deletion.self
        ) { call in try await platform.delete(.pipeline(call.parameter("pipeline")), call) }

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/versions",
            id: "listPipelineVersions",
            "List a pipeline's versions, newest first",
            query: .versionPage,
            returns: PipelineVersionList.self
        ) { call in
            let name = try call.parameter("pipeline")
            guard let page = try call.page() else {
                return PipelineVersionList(versions: try await platform.pipelineVersions(of: name))
            }
            let (found, total) = try await platform.pipelineVersions(of: name, page)
            return PipelineVersionList(versions: found, total: total)
        }

        APIOperation(
            .get,
            Self.version,
            id: "getPipelineVersion",
            "Get a version of a pipeline",
            returns: PipelineVersion.self
        ) { call in
            try await platform.pipelineVersion(call.parameter("version"), of: call.parameter("pipeline"))
        }

        APIOperation(
            .delete,
            Self.version,
            id: "deletePipelineVersion",
            "Delete a version of a pipeline",
            query: .deletion,
            returns: Deletion.self
        ) { call in
            let (name, version) = (try call.parameter("pipeline"), try call.parameter("version"))
            return try await platform.delete(.pipelineVersion(name, version: version), call)
        }

        APIOperation(
            .put,
            Self.version + "/tags/{tag}",
            id: "tagPipelineVersion",
            "Add a tag to a version of a pipeline",
            returns: PipelineVersion.self
        ) { call in try await setVersionTag(call, true) }

        APIOperation(
            .delete,
            Self.version + "/tags/{tag}",
            id: "untagPipelineVersion",
            "Remove a tag from a version of a pipeline",
            returns: PipelineVersion.self
        ) { call in try await setVersionTag(call, false) }

        APIOperation(
            .put,
            "/v1/pipelines/{pipeline}/tags/{tag}",
            id: "tagPipeline",
            "Add a tag to a pipeline",
            returns: Pipeline.self
        ) { call in try await platform.setTag(call.parameter("tag"), onPipeline: call.parameter("pipeline"), true) }

        APIOperation(
            .delete,
            "/v1/pipelines/{pipeline}/tags/{tag}",
            id: "untagPipeline",
            "Remove a tag from a pipeline",
            returns: Pipeline.self
        ) { call in try await platform.setTag(call.parameter("tag"), onPipeline: call.parameter("pipeline"), false) }

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/logs",
            id: "getLogs",
            "List entries of the inference log, newest first",
            query: .log,
            response: .json(LogEntryList.self)
        ) { call in
            let query = try call.logQuery(defaultLimit: 100)
            return Reply(log: try await platform.logEntries(ofPipeline: call.parameter("pipeline"), query), as: .json)
        }

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/logs/tail",
            id: "tailLogs",
            "List entries of the inference log in the order in which they were written, after a place",
            query: .logTail,
            response: .json(NewLogEntries.self)
        ) { call in
            let query = try call.logQuery(defaultLimit: 1000)
            let place = try call.logPosition()
            let tail = try await platform.logTail(ofPipeline: call.parameter("pipeline"), after: place, query)
            return .json(NewLogEntries(tail).json)
        }

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/logs/export",
            id: "exportLogs",
            "Export entries of the inference log as JSON Lines, newest first",
            query: .log,
            response: .media("application/x-ndjson")
        ) { call in
            let query = try call.logQuery(defaultLimit: nil)
            return Reply(log: try await platform.logEntries(ofPipeline: call.parameter("pipeline"), query), as: .lines)
        }
    }

    private func setVersionTag(_ call: Call, _ isSet: Bool) async throws -> PipelineVersion {
        try await platform.setTag(
            call.parameter("tag"),
            onVersion: call.parameter("version"),
            of: call.parameter("pipeline"),
            isSet
        )
    }
}

extension PipelineOperations {
    private static func check(_ definition: PipelineDefinition, _ call: Call) throws(RoostError) {
        let name = try call.parameter("pipeline")
        guard definition.name == name else {
            throw RoostError(
                .invalidInput,
                "The definition's name is '\(definition.name)', but the path names '\(name)'.",
                field: "name"
            )
        }
    }
}

/// `GET /v1/pipelines`.
public struct PipelineList: Sendable, Codable {
    public var pipelines: [Pipeline]
    /// The number of pipelines on all pages; `nil` unless a page was asked for.
    public var total: Int?

    public init(pipelines: [Pipeline], total: Int? = nil) {
        self.pipelines = pipelines
        self.total = total
    }
}

extension PipelineList: WireType {
    package static let schema = Schema.object(["pipelines": .list(of: Pipeline.self)], optional: ["total": .integer()])
}

/// `GET /v1/pipelines/{pipeline}/versions`.
public struct PipelineVersionList: Sendable, Codable {
    /// The versions, newest first.
    public var versions: [PipelineVersion]
    /// The number of versions on all pages; `nil` unless a page was asked for.
    public var total: Int?

    public init(versions: [PipelineVersion], total: Int? = nil) {
        self.versions = versions
        self.total = total
    }
}

extension PipelineVersionList: WireType {
    package static let schema = Schema.object(
        ["versions": .list(of: PipelineVersion.self)],
        optional: ["total": .integer()]
    )
}
