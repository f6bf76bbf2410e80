import AsyncHTTPClient
public import Definitions
import NIOCore
import NIOHTTP1
import NativeAPI

/// Deletions. What answers is never deleted: the server refuses, and names it.
extension RoostClient {
    /// What a deletion may take along.
    public struct DeletionScope: Sendable {
        /// Whether to delete what refers to it and does not answer.
        public var force: Bool
        /// Whether logs and labels that are not empty may be deleted.
        public var withLogs: Bool

        public init(force: Bool = false, withLogs: Bool = false) {
            self.force = force
            self.withLogs = withLogs
        }
    }

    /// Deletes a version of a model; the whole model if the reference names no version.
    @discardableResult
    public func deleteModel(
        _ reference: ModelReference,
        in workspace: String,
        _ scope: DeletionScope = DeletionScope()
    ) async throws -> Deletion {
        let version = reference.version.map { "/versions/\(Self.escaped($0))" } ?? ""
        return try await delete(
            "/v1/models/\(Self.escaped(reference.name))\(version)",
            ["workspace": workspace],
            scope
        )
    }

    /// Deletes a version of a pipeline; the whole pipeline if `version` is `nil`.
    ///
    /// - Parameter version: An ID or the beginning of it, a tag, or `previous`.
    @discardableResult
    public func deletePipeline(
        _ name: String,
        version: String? = nil,
        _ scope: DeletionScope = DeletionScope()
    ) async throws -> Deletion {
        let version = version.map { "/versions/\(Self.escaped($0))" } ?? ""
        return try await delete("/v1/pipelines/\(Self.escaped(name))\(version)", [:], scope)
    }

    /// Deletes a workspace.
    @discardableResult
    public func deleteWorkspace(
        _ name: String,
        _ scope: DeletionScope = DeletionScope()
    ) async throws -> Deletion {
        try await delete("/v1/workspaces/\(Self.escaped(name))", [:], scope)
    }

    /// Deletes all entries of a pipeline's log, and all of its labels.
    @discardableResult
    public func deleteLog(of pipeline: String) async throws -> DeletedEntries {
        let request = request(.DELETE, "/v1/pipelines/\(Self.escaped(pipeline))/logs")
        return try await decode(DeletedEntries.self, execute(request, timeout: .hours(1)))
    }

    private func delete(_ path: String, _ query: [String: String], _ scope: DeletionScope) async throws -> Deletion {
        var query = query
        if scope.force { query["force"] = "true" }
        if scope.withLogs { query["log"] = "true" }
        return try await decode(Deletion.self, execute(request(.DELETE, path, query), timeout: .hours(1)))
    }
}
