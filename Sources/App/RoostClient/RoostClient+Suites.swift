import AsyncHTTPClient
public import Definitions
import Foundation
import NIOCore
import NIOHTTP1
import NativeAPI

/// Test suites of models, and their runs.
extension RoostClient {
    /// Returns the suites, without their cases.
    ///
    /// - Parameter workspace: `nil` for those of all workspaces.
    public func suites(in workspace: String? = nil) async throws -> [Suite] {
        try await get("/v1/suites", Self.filter(in: workspace), as: SuiteList.self).suites
    }

    /// Returns a suite, and its newest run.
    public func suite(_ name: String) async throws -> Suite { try await get(Self.path(suite: name)) }

    /// Adds a suite, or changes it.
    ///
    /// - Returns: The suite, and whether it is new.
    public func putSuite(_ name: String, _ definition: SuiteDefinition) async throws -> (suite: Suite, isNew: Bool) {
        var request = request(.PUT, Self.path(suite: name))
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(definition)))
        let response = try await execute(request)
        return (try await decode(Suite.self, response), response.status == .created)
    }

    /// Removes a suite. Its runs stay.
    @discardableResult
    public func removeSuite(_ name: String) async throws -> Suite {
        try await decode(Suite.self, execute(request(.DELETE, Self.path(suite: name))))
    }

    /// Runs a suite, and returns when it has ended.
    ///
    /// - Parameters:
    ///   - version: An ID, the beginning of one, or a tag, also after the model's name and `@`; `nil` for the newest.
    ///   - by: Who asks for it, for the records.
    public func runSuite(_ name: String, version: String? = nil, by: String? = nil) async throws -> SuiteRun {
        try await send(
            .POST,
            Self.path(suite: name) + "/runs",
            SuiteRunRequest(version: version, by: by),
            timeout: .hours(12)
        )
    }

    /// Returns the runs of a suite, newest first.
    ///
    /// - Parameter limit: Maximum number of runs; `nil` for 100.
    public func suiteRuns(_ name: String, limit: Int? = nil) async throws -> [SuiteRun] {
        try await get(
            Self.path(suite: name) + "/runs",
            limit.map { ["limit": String($0)] } ?? [:],
            as: SuiteRunList.self
        ).runs
    }

    /// Returns a run of a suite.
    ///
    /// - Parameter id: Its ID, or the beginning of it.
    public func suiteRun(_ id: String) async throws -> SuiteRun {
        try await get("/v1/suite-runs/\(Self.escaped(id))")
    }

    /// Proposes a suite for a pipeline, or for a model by itself, without adding it.
    public func suggestSuite(
        for subject: String,
        workspace: String = Workspace.defaultName
    ) async throws -> SuiteSuggestion {
        let query = "?subject=\(Self.escaped(subject))&workspace=\(Self.escaped(workspace))"
        let request = request(.POST, "/v1/suites/suggestions" + query)
        return try await decode(SuiteSuggestion.self, execute(request, timeout: .hours(1)))
    }

    private static func path(suite name: String) -> String { "/v1/suites/\(escaped(name))" }
}
