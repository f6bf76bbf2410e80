import Definitions
import Files
package import Jobs
package import Platform

/// The operations on models and their versions.
package struct ModelOperations: OperationGroup {
    let platform: Platform
    /// The jobs whose models can be uploaded.
    let jobs: JobService
    /// The maximum number of bytes of an artifact.
    let artifactLimit: Int

    package init(platform: Platform, jobs: JobService, artifactLimit: Int) {
        self.platform = platform
        self.jobs = jobs
        self.artifactLimit = artifactLimit
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/models",
            id: "listModels",
            "List the models of a workspace",
            query: [.workspaces] + .page,
            returns: ModelList.self
        ) { call in
            if call.isForAllWorkspaces {
                let page = try call.page() ?? NamedPage(limit: 1000)
                let (found, total) = try await platform.models(in: nil, page)
                return ModelList(models: found, total: total)
            }
            guard let page = try call.page() else {
                return ModelList(models: try await platform.listModels(in: call.workspace))
            }
            let (found, total) = try await platform.models(in: call.workspace, page)
            return ModelList(models: found, total: total)
        }

        APIOperation(
            .get,
            "/v1/models/{model}",
            id: "getModel",
            "Get a model with its versions",
            query: [
                .workspace,
                QueryParameter("limit", .described("Only so many of the newest.", .integer(min: 1, max: 1000))),
            ],
            returns: Model.self
        ) { call in
            let limit = try call.number("limit", 1...1000)
            return try await platform.model(named: call.parameter("model"), in: call.workspace, newest: limit)
        }

        APIOperation(
            .get,
            "/v1/models/{model}/uses",
            id: "getModelUses",
            "List the pipelines that use the versions of a model",
            query: [.workspace],
            returns: ModelUseList.self
        ) { call in
            let (found, more) = try await platform.uses(
                ofModel: call.parameter("model"),
                in: call.workspace,
                limit: ModelUseList.limit
            )
            return ModelUseList(uses: found, more: more)
        }

        APIOperation(
            .get,
            "/v1/models/{model}/versions",
            id: "listModelVersions",
            "List a model's versions, newest first",
            query: [.workspace] + .versionPage,
            returns: ModelVersionList.self
        ) { call in
            let (found, total, outcomes) = try await platform.modelVersions(
                of: call.parameter("model"),
                in: call.workspace,
                call.page() ?? NamedPage(limit: 100)
            )
            return ModelVersionList(versions: found, total: total, suites: outcomes)
        }

        APIOperation(
            .get,
            "/v1/models/{model}/logs",
            id: "getModelLogs",
            "List inferences that were sent to the model directly, newest first",
            query: [.workspace] + .log,
            response: .json(LogEntryList.self)
        ) { call in
            let (name, query) = (try call.parameter("model"), try call.logQuery(defaultLimit: 100))
            return Reply(log: try await platform.logEntries(ofModel: name, in: call.workspace, query), as: .json)
        }

        APIOperation(
            .delete,
            "/v1/models/{model}",
            id: "deleteModel",
            "Delete a model with its versions",
            query: [.workspace] + .deletion,
            returns: Deletion.self
        ) { call in
            try await platform.delete(.model(call.parameter("model"), workspace: call.workspace), call)
        }

        APIOperation(
            .post,
            "/v1/models/{model}/versions",
            id: "uploadModelVersion",
            "Upload an artifact, or take one of a bucket or a job, as a new model version",
            query: [
                .workspace, QueryParameter("framework", .choice(of: Framework.self)), QueryParameter("algorithm"),
                QueryParameter("trees", .choice(of: TreeSelection.self)), QueryParameter("source"),
                QueryParameter("parent"), QueryParameter("by"),
            ],
            request: APIOperation.Request(.bytes, isRequired: false),
            response: .json(ModelVersion.self),
            status: .created,
            or: [(.ok, "The model has a version of the same bytes and configuration, which is returned")],
            handler: upload
        )

        APIOperation(
            .get,
            "/v1/models/{model}/versions/{version}",
            id: "getModelVersion",
            "Get a model version",
            query: [.workspace],
            returns: ModelVersion.self
        ) { call in try await platform.modelVersion(call.modelReference(), in: call.workspace) }

        APIOperation(
            .delete,
            "/v1/models/{model}/versions/{version}",
            id: "deleteModelVersion",
            "Delete a model version",
            query: [.workspace] + .deletion,
            returns: Deletion.self
        ) { call in
            try await platform.delete(.modelVersion(call.modelReference(), workspace: call.workspace), call)
        }

        APIOperation(
            .get,
            "/v1/models/{model}/versions/{version}/artifact",
            id: "downloadArtifact",
            "Download the artifact of a model version",
            query: [.workspace],
            response: .bytes
        ) { call in
            let version = try await platform.modelVersion(call.modelReference(), in: call.workspace)
            return Reply(.file(platform.artifact(of: version).path), contentType: "application/octet-stream")
        }

        APIOperation(
            .put,
            "/v1/models/{model}/versions/{version}/tags/{tag}",
            id: "tagModelVersion",
            "Add a tag to a model version",
            query: [.workspace],
            returns: ModelVersion.self
        ) { call in try await setTag(call, true) }

        APIOperation(
            .delete,
            "/v1/models/{model}/versions/{version}/tags/{tag}",
            id: "untagModelVersion",
            "Remove a tag from a model version",
            query: [.workspace],
            returns: ModelVersion.self
        ) { call in try await setTag(call, false) }
    }

    private func setTag(_ call: Call, _ isSet: Bool) async throws -> ModelVersion {
        try await platform.setTag(call.parameter("tag"), on: call.modelReference(), in: call.workspace, isSet)
    }

    private func upload(_ call: Call) async throws -> Reply {
        let framework = try call.query("framework").map { name in
            guard let framework = Framework(rawValue: name) else {
                let known = Framework.allCases.map(\.rawValue).joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "Unknown framework '\(name.prefix(40))'. Expected one of: \(known).",
                    field: "framework"
                )
            }
            return framework
        }
        let trees = try call.query("trees").map { name in
            guard let trees = TreeSelection(rawValue: name) else {
                throw RoostError(
                    .invalidInput,
                    "'trees' must be 'all' or 'best', not '\(name.prefix(40))'.",
                    field: "trees"
                )
            }
            return trees
        }
        let name = try call.parameter("model")
        let origin = try await origin(of: name, call)
        if let source = call.query("source") {
            return try await copy(source, call, as: name, framework, trees, origin)
        }
        let upload = try await platform.beginUpload(of: name, to: call.workspace)
        try await call.body.receive("artifact", upTo: artifactLimit) { piece in
            try piece.withUnsafeBytes { try platform.append($0, to: upload) }
        }
        let added = try await platform.finish(
            upload,
            as: name,
            in: call.workspace,
            framework: framework,
            algorithm: call.query("algorithm"),
            trees: trees,
            origin: origin
        )
        return try .json(encoding: added.version, status: added.isNew ? .created : .ok)
    }

    /// What the request says about where the version comes from.
    private func origin(of name: String, _ call: Call) async throws -> UploadOrigin {
        var origin = UploadOrigin(by: try call.requester())
        if let text = call.query("parent") {
            let isWhole = text.contains("@")
            let reference = isWhole ? ModelReference(parsing: text) : ModelReference(name: name, version: text)
            do {
                origin.parent = try await platform.modelVersion(reference, in: call.workspace).reference
            } catch let error as RoostError where error.code != .internalError {
                throw RoostError(error.code, error.message, field: "parent")
            }
        }
        return origin
    }

    /// Creates a model version from an artifact that the server has: `s3://BUCKET/KEY`, or `job:NAME` for that of a job.
    private func copy(
        _ source: String,
        _ call: Call,
        as name: String,
        _ framework: Framework?,
        _ trees: TreeSelection?,
        _ origin: UploadOrigin
    ) async throws -> Reply {
        var origin = origin
        guard try await call.body.collect().isEmpty else {
            throw RoostError(.invalidInput, "Send the bytes of a model or name its source, not both.", field: "source")
        }
        var uri: ObjectURI
        var trained: TrainedModel?
        let algorithm = call.query("algorithm")
        if source.hasPrefix("job:") {
            let model = try await jobs.model(ofJob: String(source.dropFirst(4)), field: "source")
            (uri, trained) = (model.uri, model)
        } else if source.hasPrefix("s3://") {
            uri = try ObjectURI(source, field: "source")
            trained = try await jobs.model(at: uri, field: "source")
        } else {
            throw RoostError(
                .invalidInput,
                "'\(source.prefix(200))' is not a valid source. Expected s3://BUCKET/KEY or job:NAME.",
                field: "source"
            )
        }
        origin.job = trained?.job
        // What the request says is more than what the server knows.
        if framework != nil || algorithm != nil { trained = nil }
        let upload = try await platform.beginUpload(
            of: name,
            to: call.workspace,
            from: uri,
            upTo: artifactLimit,
            field: "source"
        )
        do {
            let added = try await platform.finish(
                upload,
                as: name,
                in: call.workspace,
                framework: framework ?? trained?.framework,
                algorithm: algorithm ?? trained?.algorithm,
                environment: trained?.environment,
                trees: trees,
                origin: origin
            )
            return try .json(encoding: added.version, status: added.isNew ? .created : .ok)
        } catch let error as RoostError where error.field == "body" {
            throw RoostError(error.code, error.message, field: "source")
        }
    }
}

extension Call {
    fileprivate func modelReference() throws(RoostError) -> ModelReference {
        ModelReference(name: try parameter("model"), version: try parameter("version"))
    }
}
