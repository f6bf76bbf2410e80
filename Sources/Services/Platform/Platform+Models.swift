import Buckets
import Catalog
package import Definitions
package import Files
import Foundation
import Logging
import Pipelines
import Runtimes
import Serving
import Storage
import WorkThreads

extension Platform {
    // MARK: Workspaces

    package func workspaces() async throws -> [Workspace] { try await catalog.workspaces() }

    package func workspace(named name: String) async throws -> Workspace {
        try Name.check(name, what: "workspace name", field: "workspace")
        return try await catalog.workspace(named: name)
    }

    package func createWorkspace(named name: String) async throws -> Workspace {
        try Name.check(name, what: "workspace name", field: "name")
        guard let workspace = try await catalog.createWorkspace(named: name, at: Date()) else {
            throw RoostError(.conflict, "Workspace '\(name)' already exists.", field: "name")
        }
        return workspace
    }

    /// Creates a workspace unless it exists.
    package func ensureWorkspace(named name: String) async throws {
        _ = try await catalog.createWorkspace(named: name, at: Date())
    }

    // MARK: Models

    package func listModels(in workspace: String) async throws -> [Model] {
        try Name.check(workspace, what: "workspace name", field: "workspace")
        return try await catalog.models(in: workspace)
    }

    /// Returns the names of workspaces in their order, each with the numbers of its models and pipelines.
    package func workspaceSizes(limit: Int) async throws -> [(name: String, models: Int, pipelines: Int)] {
        try await catalog.workspaceSizes(limit: limit)
    }

    /// Returns the names of a kind that contain a text, whatever its case: those that begin with it first.
    ///
    /// - Parameter workspace: `nil` for all workspaces. A kind that belongs to no workspace is found in each.
    package func names(
        of kind: NamedKind,
        containing text: String,
        in workspace: String?,
        limit: Int
    ) async throws -> [(name: String, workspace: String?)] {
        if let workspace { try Name.check(workspace, what: "workspace name", field: "workspace") }
        return try await catalog.names(of: kind, containing: text, in: workspace, limit: limit)
    }

    /// Returns a page of the models of a workspace, or of all, by name, and how many there are on all pages.
    package func models(in workspace: String?, _ page: NamedPage) async throws -> (found: [Model], total: Int) {
        if let workspace { try Name.check(workspace, what: "workspace name", field: "workspace") }
        return try await catalog.models(in: workspace, page)
    }

    /// Returns how many records of each kind there are.
    package func counts() async throws -> RecordCounts { try await catalog.counts() }

    /// Returns those of some names that exist.
    package func existing(_ record: NamedRecord, among names: Set<String>) async throws -> Set<String> {
        try await catalog.existing(record, among: names)
    }

    /// Returns a model with its versions.
    ///
    /// - Parameter newest: How many of the newest versions; `nil` for all.
    package func model(named name: String, in workspace: String, newest: Int? = nil) async throws -> Model {
        try Name.check(workspace, what: "workspace name", field: "workspace")
        try Name.check(name, what: "model name", field: "model")
        return try await catalog.model(named: name, in: workspace, newest: newest)
    }

    /// Returns a page of the versions of a model, the newest first, without what suites say about them.
    ///
    /// - Returns: The versions, how many there are on all pages, and by the version's ID how many suites have each outcome.
    package func modelVersions(
        of name: String,
        in workspace: String,
        _ page: NamedPage
    ) async throws -> (found: [ModelVersion], total: Int, outcomes: [String: [String: Int]]) {
        try Name.check(workspace, what: "workspace name", field: "workspace")
        try Name.check(name, what: "model name", field: "model")
        return try await catalog.modelVersions(of: name, in: workspace, page)
    }

    /// Returns the pipelines that use a model: those in which it answers, then those whose newest version names another version of it.
    ///
    /// - Parameter limit: The most pipelines in which it does not answer. There may be many.
    /// - Returns: The uses, and how many more pipelines there are in which it does not answer.
    package func uses(
        ofModel name: String,
        in workspace: String,
        limit: Int
    ) async throws -> (found: [ModelUse], more: Int) {
        _ = try await model(named: name, in: workspace, newest: 1)
        let answering = serving.served.all().flatMap { pipeline in
            let versions = pipeline.current.executable.models.map(\.version)
            return Set(versions.filter { $0.model == name && $0.workspace == workspace }.map(\.id)).sorted()
                .map { ModelUse(pipeline: pipeline.name, version: $0, answers: true) }
        }
        let known = Set(answering)
        let (named, more) = try await catalog.pipelines(
            naming: name,
            in: workspace,
            answering.map(\.pipeline),
            limit: limit
        )
        let defined = named.flatMap { pipeline, versions in
            versions.filter { !known.contains(ModelUse(pipeline: pipeline, version: $0, answers: true)) }
                .map { ModelUse(pipeline: pipeline, version: $0, answers: false) }
        }
        return (answering + defined, more)
    }

    package func modelVersion(_ reference: ModelReference, in workspace: String) async throws -> ModelVersion {
        try Name.check(workspace, what: "workspace name", field: "workspace")
        try Name.check(reference.name, what: "model name", field: "model")
        return try await catalog.modelVersion(reference, in: workspace, hasSuites: true)
    }

    package func artifact(of version: ModelVersion) -> LocalCopy { store.localCopy(of: version.sha256) }

    package func setTag(_ tag: String, on reference: ModelReference, in workspace: String, _ isSet: Bool) async throws
        -> ModelVersion
    {
        try Name.check(tag, what: "tag", field: "tag")
        _ = try await modelVersion(reference, in: workspace)
        try await catalog.setTag(tag, on: reference, in: workspace, isSet)
        return try await modelVersion(reference, in: workspace)
    }

    /// Begins an upload. The names are checked first, as the upload may be large.
    package func beginUpload(of name: String, to workspace: String) async throws -> ArtifactUpload {
        try Name.check(name, what: "model name", field: "model")
        _ = try await self.workspace(named: workspace)
        do {
            return ArtifactUpload(try store.beginUpload())
        } catch {
            throw storageError(error)
        }
    }

    package func append(_ bytes: UnsafeRawBufferPointer, to upload: ArtifactUpload) throws {
        do {
            try upload.file.append(bytes)
        } catch {
            throw storageError(error)
        }
    }

    /// Begins an upload with the bytes of an object in a bucket.
    ///
    /// - Parameters:
    ///   - limit: The maximum number of bytes.
    ///   - field: The field of the request that names the object.
    package func beginUpload(
        of name: String,
        to workspace: String,
        from uri: ObjectURI,
        upTo limit: Int,
        field: String
    ) async throws -> sending ArtifactUpload {
        let upload = try await beginUpload(of: name, to: workspace)
        guard !uri.key.isEmpty else {
            throw RoostError(.invalidInput, "\(uri) is a bucket. Expected an object: s3://BUCKET/KEY.", field: field)
        }
        guard let object = try await buckets.open(uri) else {
            throw RoostError(.notFound, "There is no object \(uri).", field: field)
        }
        let byteCount = object.record.byteCount
        guard byteCount > 0 else { throw RoostError(.invalidInput, "The object \(uri) is empty.", field: field) }
        guard byteCount <= limit else {
            throw RoostError(.tooLarge, "The object \(uri) is larger than the limit of \(limit) bytes.", field: field)
        }
        while upload.byteCount < byteCount {
            let position = upload.byteCount
            let piece = try await offload {
                try object.bytes(at: position, byteCount: min(1 << 20, byteCount - position))
            }
            try piece.withUnsafeBytes { try append($0, to: upload) }
        }
        return upload
    }

    /// Creates a model version from an upload, after checking that a runtime can load it.
    ///
    /// If the model has a version of the same bytes and configuration, that is the result, and nothing is created.
    ///
    /// - Parameters:
    ///   - framework: The artifact's framework; `nil` to detect it from its bytes.
    ///   - algorithm: The algorithm that serves the model, if the framework is ``Framework/process``.
    ///   - environment: The environment variables of the program that serves the model.
    ///   - trees: The trees of a boosted model that are used; `nil` for all.
    ///   - origin: What the client says about where the version comes from.
    package func finish(
        _ upload: sending ArtifactUpload,
        as name: String,
        in workspace: String,
        framework: Framework?,
        algorithm: String? = nil,
        environment: [String: String]? = nil,
        trees: TreeSelection? = nil,
        origin: UploadOrigin = UploadOrigin()
    ) async throws -> (version: ModelVersion, isNew: Bool) {
        guard upload.byteCount > 0 else {
            throw RoostError(.invalidInput, "The body is empty. Expected the bytes of a model.", field: "body")
        }
        let framework =
            framework ?? (algorithm == nil ? Framework(artifactBeginningWith: upload.file.head) : .process)
        guard (framework == .process) == (algorithm != nil) else {
            throw RoostError(
                .invalidInput,
                "The framework 'process' requires an algorithm that serves the model, and an algorithm requires 'process'.",
                field: "algorithm"
            )
        }
        guard trees == nil || framework == .xgboost else {
            throw RoostError(.invalidInput, "Trees can be selected only for XGBoost models.", field: "trees")
        }
        let found = try await inspectArtifact(
            upload.file.fileToInspect,
            of: framework,
            algorithm,
            environment ?? [:],
            trees: trees
        )
        defer { if let code = found.codeSHA256 { keeper.release(code) } }
        let digest = upload.file.digest
        keeper.hold(digest)
        defer { keeper.release(digest) }
        let stored: ArtifactStore.Upload.Stored
        do {
            stored = try upload.file.finish()
        } catch {
            throw storageError(error)
        }
        let added = try await record(
            stored,
            as: name,
            in: workspace,
            framework,
            found,
            algorithm: algorithm,
            environment: environment,
            origin: origin
        )
        let version = added.version
        logger.info(
            added.isNew ? "Model version uploaded" : "Model version uploaded again",
            metadata: ["model.name": "\(name)", "model.version": "\(version.id)", "model.framework": "\(framework)"]
        )
        return added
    }

    func storageError(_ error: StorageError) -> RoostError {
        logger.error("Could not store upload", metadata: ["error": "\(error)"])
        return RoostError(diskFull: error)
            ?? RoostError(.unavailable, "The upload could not be stored. See the server log.")
    }
}
