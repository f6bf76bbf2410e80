import AsyncHTTPClient
public import Definitions
import Foundation
import NIOCore
import NIOHTTP1
import NativeAPI

/// Models and their versions.
extension RoostClient {
    /// Returns the models of a workspace by name, each with its newest version.
    public func models(in workspace: String, search: String? = nil) async throws -> [Model] {
        var models: [Model] = []
        while true {
            var query = ["workspace": workspace, "limit": "1000", "offset": String(models.count)]
            query["search"] = search
            let list = try await get("/v1/models", query, as: ModelList.self)
            models += list.models
            guard let total = list.total, models.count < total, !list.models.isEmpty else { return models }
        }
    }

    /// Returns a model with its versions.
    ///
    /// - Parameter newest: How many of the newest versions; `nil` for all.
    public func model(_ name: String, in workspace: String, newest: Int? = nil) async throws -> Model {
        var query = ["workspace": workspace]
        query["limit"] = newest.map(String.init)
        return try await get("/v1/models/\(Self.escaped(name))", query)
    }

    /// A version of a model, and whether the upload created it.
    public struct UploadedModel: Sendable {
        public let version: ModelVersion
        /// `false` if the model had a version of the same bytes and configuration.
        public let isNew: Bool
    }

    /// Uploads the file at `path` as a new version of a model, in pieces.
    ///
    /// - Parameters:
    ///   - framework: The model's framework; if `nil`, the server detects it from the bytes.
    ///   - trees: The trees of a boosted model to use; `nil` for all.
    ///   - algorithm: The custom algorithm whose program serves the model.
    ///   - parent: The version of which it is the successor, such as its ID, or `NAME@VERSION`; `nil` for the newest one.
    ///   - by: Who uploads it, for the records.
    ///   - progress: Called with the number of bytes sent, and of all bytes.
    public func uploadModel(
        _ name: String,
        path: String,
        in workspace: String,
        framework: Framework? = nil,
        trees: TreeSelection? = nil,
        algorithm: String? = nil,
        parent: String? = nil,
        by: String? = nil,
        progress: @escaping @Sendable (_ sent: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> UploadedModel {
        let request = newVersion(of: name, in: workspace, framework, trees, algorithm, parent, by)
        return try await uploaded(upload(path, request, progress))
    }

    /// Makes an artifact that the server has a new version of a model.
    ///
    /// - Parameters:
    ///   - source: `s3://BUCKET/KEY`; or `job:NAME` for the model of a training job, or of the best trial of a tuning job.
    ///   - framework: The model's framework; if `nil`, that of the job, or the server detects it from the bytes.
    ///   - trees: The trees of a boosted model to use; `nil` for all.
    ///   - algorithm: The custom algorithm whose program serves the model; if `nil`, that of the job.
    ///   - parent: The version of which it is the successor, such as its ID, or `NAME@VERSION`; `nil` for the newest one.
    ///   - by: Who uploads it, for the records.
    public func uploadModel(
        _ name: String,
        from source: String,
        in workspace: String,
        framework: Framework? = nil,
        trees: TreeSelection? = nil,
        algorithm: String? = nil,
        parent: String? = nil,
        by: String? = nil
    ) async throws -> UploadedModel {
        let request = newVersion(of: name, in: workspace, framework, trees, algorithm, source: source, parent, by)
        return try await uploaded(execute(request, timeout: .hours(1)))
    }

    private func uploaded(_ response: HTTPClientResponse) async throws -> UploadedModel {
        UploadedModel(
            version: try await decode(ModelVersion.self, response),
            isNew: response.status == .created
        )
    }

    private func newVersion(
        of name: String,
        in workspace: String,
        _ framework: Framework?,
        _ trees: TreeSelection?,
        _ algorithm: String?,
        source: String? = nil,
        _ parent: String?,
        _ by: String?
    ) -> HTTPClientRequest {
        var query = ["workspace": workspace]
        query["framework"] = framework?.rawValue
        query["trees"] = trees?.rawValue
        query["algorithm"] = algorithm
        query["source"] = source
        query["parent"] = parent
        query["by"] = by
        return request(.POST, "/v1/models/\(Self.escaped(name))/versions", query)
    }

    /// Downloads a version's artifact to a new file at `path`.
    public func downloadArtifact(
        of reference: ModelReference,
        in workspace: String,
        to path: String,
        progress: @escaping @Sendable (_ received: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws {
        let version = try await version(reference, in: workspace)
        let route = "/v1/models/\(Self.escaped(version.model))/versions/\(version.id)/artifact"
        // What an interrupted download left.
        unlink(path + ".partial")
        try await download(
            request(.GET, route, ["workspace": workspace]),
            to: path,
            by: path + ".partial",
            byteCount: version.byteCount,
            progress
        )
    }

    /// Adds a tag to a model version, or removes it.
    public func setTag(
        _ tag: String,
        on reference: ModelReference,
        in workspace: String,
        _ isSet: Bool
    ) async throws -> ModelVersion {
        let version = try await version(reference, in: workspace)
        let route = "/v1/models/\(Self.escaped(version.model))/versions/\(version.id)/tags/\(Self.escaped(tag))"
        let request = request(isSet ? .PUT : .DELETE, route, ["workspace": workspace])
        return try await decode(ModelVersion.self, execute(request))
    }

    /// Returns the version that a reference names; the newest if it names none.
    public func version(_ reference: ModelReference, in workspace: String) async throws -> ModelVersion {
        guard let version = reference.version else {
            guard let newest = try await model(reference.name, in: workspace, newest: 1).versions.first else {
                throw RoostError(.notFound, "Model '\(reference.name)' has no versions.", field: "version")
            }
            return newest
        }
        return try await get(
            "/v1/models/\(Self.escaped(reference.name))/versions/\(Self.escaped(version))",
            ["workspace": workspace]
        )
    }
}
