import AsyncHTTPClient
public import Definitions
import Foundation
import NIOCore
import NIOHTTP1
public import NativeAPI

/// Loops, their runs, and training sets.
extension RoostClient {
    /// Returns loops.
    ///
    /// - Parameters:
    ///   - pipeline: `nil` for those of all pipelines.
    ///   - workspace: Only those of its pipelines; `nil` for those of all workspaces.
    public func loops(of pipeline: String? = nil, in workspace: String? = nil) async throws -> [Loop] {
        try await get("/v1/loops", Self.filter(of: pipeline, in: workspace), as: LoopList.self).loops
    }

    /// Returns a loop.
    public func loop(_ name: String) async throws -> Loop { try await get(Self.path(loop: name)) }

    /// Adds a loop, or changes it.
    ///
    /// - Returns: The loop, and whether it is new.
    public func putLoop(_ name: String, _ definition: LoopDefinition) async throws -> (loop: Loop, isNew: Bool) {
        var request = request(.PUT, Self.path(loop: name))
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(definition)))
        let response = try await execute(request)
        return (try await decode(Loop.self, response), response.status == .created)
    }

    /// Deletes a loop and its runs.
    @discardableResult
    public func deleteLoop(_ name: String) async throws -> Loop {
        try await decode(Loop.self, execute(request(.DELETE, Self.path(loop: name))))
    }

    /// Lets only users start runs of a loop.
    @discardableResult
    public func pauseLoop(_ name: String) async throws -> Loop {
        try await decode(Loop.self, execute(request(.POST, Self.path(loop: name) + "/pause")))
    }

    /// Lets triggers start runs of a loop again, from now on.
    @discardableResult
    public func resumeLoop(_ name: String) async throws -> Loop {
        try await decode(Loop.self, execute(request(.POST, Self.path(loop: name) + "/resume")))
    }

    /// Starts a run of a loop now.
    ///
    /// - Parameter by: Who asks for it.
    public func startLoop(_ name: String, by: String? = nil) async throws -> LoopRun {
        try await decode(LoopRun.self, execute(request(.POST, Self.path(loop: name) + "/runs", Self.query(by))))
    }

    /// Returns runs of a loop, the newest first.
    ///
    /// - Parameter limit: Maximum number of runs; `nil` for 100.
    public func loopRuns(of name: String, limit: Int? = nil) async throws -> [LoopRun] {
        let query = ["limit": limit.map(String.init)].compactMapValues { $0 }
        return try await get(Self.path(loop: name) + "/runs", query, as: LoopRunList.self).runs
    }

    /// Returns a run.
    ///
    /// - Parameter run: Its ID, the beginning of it, or the name of a loop, which stands for its newest run.
    public func loopRun(_ run: String) async throws -> LoopRun { try await get("/v1/loop-runs/\(Self.escaped(run))") }

    /// Ends a run, and what its step has begun.
    @discardableResult
    public func abortLoopRun(_ run: String, by: String? = nil) async throws -> LoopRun {
        let path = "/v1/loop-runs/\(Self.escaped(run))/abort"
        return try await decode(LoopRun.self, execute(request(.POST, path, Self.query(by))))
    }

    /// Builds training data from a pipeline's log and labels.
    public func makeTrainingSet(_ request: TrainingSetRequest, of pipeline: String) async throws -> TrainingSet {
        try await send(
            .POST,
            "/v1/pipelines/\(Self.escaped(pipeline))/training-sets",
            request,
            timeout: .hours(1)
        )
    }

    private static func query(_ by: String?) -> [String: String] { by.map { ["by": $0] } ?? [:] }

    private static func path(loop name: String) -> String { "/v1/loops/\(escaped(name))" }
}
