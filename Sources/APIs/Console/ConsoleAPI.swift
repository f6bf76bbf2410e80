package import Definitions
import Encodings
package import Foundation
package import NativeAPI

/// The native API, as the console's pages use it.
package struct ConsoleAPI: Sendable {
    /// Runs a pipeline on the body of a native inference request, and returns the response and the inference's ID, which is empty if
    /// there was none.
    package typealias Infer =
        @Sendable (_ pipeline: String, _ body: Data) async -> (status: Int, body: Data, id: String)

    /// Who asks for what is done here, in events and records.
    static let requester = "the console"

    let caller: OperationCaller
    let infer: Infer

    /// Reads a resource.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded.
    ///   - query: Not encoded. Empty values are left out.
    func get<Value: Decodable>(
        _ path: String,
        _ query: [String: String] = [:],
        as type: Value.Type = Value.self
    ) async throws -> Value {
        try await decode(caller.call(.get, path, query: query.filter { !$0.value.isEmpty }))
    }

    /// Sends a body, and returns the response.
    func send<Value: Decodable>(
        _ method: APIOperation.Method,
        _ path: String,
        _ body: (any Encodable)? = nil,
        query: [String: String] = [:],
        as type: Value.Type = Value.self
    ) async throws -> Value {
        let bytes = try body.map { try NativeCoding.encoder.encode($0) } ?? Data()
        return try await decode(call(method, path, query, bytes))
    }

    /// Does something whose response does not matter.
    func perform(
        _ method: APIOperation.Method,
        _ path: String,
        _ body: (any Encodable)? = nil,
        query: [String: String] = [:]
    ) async throws {
        let bytes = try body.map { try NativeCoding.encoder.encode($0) } ?? Data()
        _ = try await call(method, path, query, bytes)
    }

    private func call(
        _ method: APIOperation.Method,
        _ path: String,
        _ query: [String: String],
        _ body: Data
    ) async throws -> Reply {
        try await caller.call(
            method,
            path,
            query: query.filter { !$0.value.isEmpty },
            body: body,
            by: Self.requester
        )
    }

    private func decode<Value: Decodable>(_ reply: Reply) throws -> Value {
        guard case .bytes(let bytes) = reply.body else {
            throw RoostError(.internalError, "The response is not JSON.")
        }
        return try NativeCoding.decoder.decode(Value.self, from: Data(bytes))
    }

    /// Returns a pipeline and the version that answers; if none does, the newest.
    func running(_ name: String) async throws -> (Pipeline, PipelineVersion) {
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(name))"
        let pipeline = try await get(path, as: Pipeline.self)
        return (pipeline, try await running(pipeline))
    }

    /// Returns the version of a pipeline that answers; if none does, the newest.
    func running(_ pipeline: Pipeline) async throws -> PipelineVersion {
        guard let id = pipeline.deployment?.version, id != pipeline.version.id else { return pipeline.version }
        return try await version(id, of: pipeline.name)
    }

    /// - Parameter version: An ID or the beginning of it, a tag, or `previous`.
    func version(_ version: String, of pipeline: String) async throws -> PipelineVersion {
        try await get("/v1/pipelines/\(Self.escaped(pipeline))/versions/\(Self.escaped(version))")
    }

    /// Encodes a name for a path.
    static func escaped(_ name: String) -> String { PercentEncoding.encode(name) }
}
