import AsyncHTTPClient
public import Definitions
public import Foundation
import NIOCore
import NIOHTTP1
public import NativeAPI

/// Assays: what is watched for drift.
extension RoostClient {
    /// Returns assays.
    ///
    /// - Parameters:
    ///   - pipeline: `nil` for those of all pipelines.
    ///   - workspace: Only those of its pipelines; `nil` for those of all workspaces.
    public func assays(of pipeline: String? = nil, in workspace: String? = nil) async throws -> [Assay] {
        try await get("/v1/assays", Self.filter(of: pipeline, in: workspace), as: AssayList.self).assays
    }

    /// Returns an assay.
    public func assay(_ name: String) async throws -> Assay { try await get(Self.path(assay: name)) }

    /// Adds an assay, or changes it.
    ///
    /// - Returns: The assay, and whether it is new.
    public func putAssay(
        _ name: String,
        _ definition: AssayDefinition
    ) async throws -> (assay: Assay, isNew: Bool) {
        var request = request(.PUT, Self.path(assay: name))
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(definition)))
        let response = try await execute(request, timeout: .hours(1))
        return (try await decode(Assay.self, response), response.status == .created)
    }

    /// Removes an assay and its results.
    @discardableResult
    public func removeAssay(_ name: String) async throws -> Assay {
        try await decode(Assay.self, execute(request(.DELETE, Self.path(assay: name))))
    }

    /// Stops looking at the windows of an assay.
    @discardableResult
    public func pauseAssay(_ name: String) async throws -> Assay {
        try await decode(Assay.self, execute(request(.POST, Self.path(assay: name) + "/pause")))
    }

    /// Looks at the windows of an assay again, from now on.
    @discardableResult
    public func resumeAssay(_ name: String) async throws -> Assay {
        try await decode(Assay.self, execute(request(.POST, Self.path(assay: name) + "/resume")))
    }

    /// Returns what an assay said about its windows, the newest first.
    ///
    /// - Parameters:
    ///   - start: Only windows that end at this time or later.
    ///   - end: Only windows that end before.
    ///   - areMeasured: Only windows that have enough values.
    ///   - limit: Maximum number of results; `nil` for 100.
    public func assayResults(
        _ name: String,
        start: Date? = nil,
        end: Date? = nil,
        areMeasured: Bool = false,
        limit: Int? = nil
    ) async throws -> [AssayResult] {
        var query = Self.window(start, end)
        if areMeasured { query["measured"] = "true" }
        query["limit"] = limit.map(String.init)
        return try await get(Self.path(assay: name) + "/results", query, as: AssayResultList.self).results
    }

    /// Returns the last window of an assay that has enough values; if none has, the last one.
    public func measuredWindow(of assay: Assay) async throws -> AssayResult? {
        guard let last = assay.last, last.status == .notEnoughData else { return assay.last }
        return try await assayResults(assay.name, areMeasured: true, limit: 1).first ?? last
    }

    /// Returns what an assay would have said about past windows, without adding it.
    ///
    /// - Parameters:
    ///   - start: Only windows that end after this time; `nil` for a day before the end.
    ///   - end: Only windows that end by this time; `nil` for now.
    public func previewAssay(
        _ definition: AssayDefinition,
        start: Date? = nil,
        end: Date? = nil
    ) async throws -> AssayPreview {
        try await send(.POST, "/v1/assays/preview" + Self.suffix(start, end), definition, timeout: .hours(1))
    }

    /// Proposes assays for a pipeline from its log, without adding them.
    ///
    /// - Parameters:
    ///   - start: `nil` for a week before the end.
    ///   - end: `nil` for now.
    public func suggestAssays(
        for pipeline: String,
        start: Date? = nil,
        end: Date? = nil
    ) async throws -> AssaySuggestions {
        let path = "/v1/pipelines/\(Self.escaped(pipeline))/assays/suggestions" + Self.suffix(start, end)
        return try await decode(AssaySuggestions.self, execute(request(.POST, path), timeout: .hours(1)))
    }

    private static func suffix(_ start: Date?, _ end: Date?) -> String {
        let query = window(start, end).map { "\($0.key)=\(escaped($0.value))" }.sorted().joined(separator: "&")
        return query.isEmpty ? "" : "?\(query)"
    }

    private static func window(_ start: Date?, _ end: Date?) -> [String: String] {
        ["start": start.map(NativeCoding.timestamp), "end": end.map(NativeCoding.timestamp)].compactMapValues { $0 }
    }

    private static func path(assay name: String) -> String { "/v1/assays/\(escaped(name))" }
}
