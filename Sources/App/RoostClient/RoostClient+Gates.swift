public import Definitions
import NIOHTTP1
import NativeAPI

/// The gates of pipelines and endpoints.
extension RoostClient {
    /// Returns all gates, by the names of their pipelines.
    ///
    /// - Parameter workspace: `nil` for those of all workspaces.
    public func gates(in workspace: String? = nil) async throws -> [Gate] {
        try await get("/v1/gates", Self.filter(in: workspace), as: GateList.self).gates
    }

    public func gate(of pipeline: String) async throws -> Gate { try await get(Self.path(pipeline)) }

    /// Requires that a version has passed suites before it answers in a pipeline.
    @discardableResult
    public func setGate(of pipeline: String, _ definition: GateDefinition) async throws -> Gate {
        try await send(.PUT, Self.path(pipeline), definition)
    }

    /// Removes a gate with its overrides.
    @discardableResult
    public func removeGate(of pipeline: String, by: String? = nil) async throws -> Gate {
        var query: [String: String] = [:]
        query["by"] = by
        return try await decode(Gate.self, execute(request(.DELETE, Self.path(pipeline), query)))
    }

    /// Admits a version in a pipeline from now on, whatever its gate says.
    @discardableResult
    public func overrideGate(of pipeline: String, _ override: GateOverrideRequest) async throws -> Gate {
        try await send(.POST, Self.path(pipeline) + "/overrides", override)
    }

    /// Returns whether the gate of a pipeline admits a version.
    public func gateVerdict(of pipeline: String, on model: ModelReference) async throws -> GateVerdict {
        try await get(Self.path(pipeline) + "/verdict", ["model": model.description])
    }

    private static func path(_ pipeline: String) -> String { "/v1/gates/\(escaped(pipeline))" }
}
