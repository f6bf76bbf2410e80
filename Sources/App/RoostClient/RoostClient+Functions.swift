import AsyncHTTPClient
import Definitions
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
public import NativeAPI

/// Functions.
extension RoostClient {
    /// Returns all functions.
    public func functions() async throws -> [FunctionDescription] {
        try await get("/v1/functions", as: FunctionList.self).functions
    }

    /// Returns a function.
    public func function(_ name: String) async throws -> FunctionDescription {
        try await get(Self.path(function: name))
    }

    /// Creates a function, or changes its code and configuration.
    ///
    /// - Returns: The function, and whether it is new.
    public func putFunction(
        _ name: String,
        _ definition: FunctionDefinition
    ) async throws -> (function: FunctionDescription, isNew: Bool) {
        var request = request(.PUT, Self.path(function: name))
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(definition)))
        let response = try await execute(request, timeout: .hours(1))
        return (try await decode(FunctionDescription.self, response), response.status == .created)
    }

    /// Deletes a function. Its log stays.
    @discardableResult
    public func deleteFunction(_ name: String) async throws -> FunctionDescription {
        try await decode(FunctionDescription.self, execute(request(.DELETE, Self.path(function: name))))
    }

    /// Invokes a function.
    ///
    /// - Parameters:
    ///   - event: A JSON document.
    ///   - version: A version or an alias; `nil` for the current code.
    ///   - isQueued: Whether the server handles the event later. Then there is no result.
    ///   - wantsLog: Whether to return the end of the log.
    public func invokeFunction(
        _ name: String,
        event: Data,
        version: String? = nil,
        isQueued: Bool = false,
        wantsLog: Bool = false
    ) async throws -> FunctionInvocation {
        var query: [String: String] = [:]
        query["version"] = version
        if isQueued { query["queue"] = "true" }
        if wantsLog { query["log"] = "true" }
        var request = request(.POST, Self.path(function: name) + "/invocations", query)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: event))
        // An event may wait for others before its own time begins.
        return try FunctionInvocation(json: try await collect(execute(request, timeout: .hours(12))))
    }

    /// Returns the last lines of a function's log, oldest first.
    ///
    /// - Parameters:
    ///   - since: The time of the earliest line.
    ///   - filter: Text that a line must contain.
    public func functionLog(
        _ name: String,
        since: Date? = nil,
        limit: Int = 1000,
        filter: String? = nil
    ) async throws -> FunctionLog {
        var query = ["limit": "\(limit)"]
        query["since"] = since.map(NativeCoding.timestamp)
        query["filter"] = filter
        return try await get(Self.path(function: name) + "/logs", query)
    }

    /// Returns the events that a function accepted, and that wait, are being handled or have failed.
    public func functionEvents(_ name: String) async throws -> [FunctionEventList.Event] {
        try await get(Self.path(function: name) + "/events", as: FunctionEventList.self).events
    }

    private static func path(function name: String) -> String { "/v1/functions/\(escaped(name))" }
}
