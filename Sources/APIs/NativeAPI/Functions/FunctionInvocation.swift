public import Definitions
public import Foundation
import Tensors

/// `POST /v1/functions/{function}/invocations`: what came of an event.
///
/// The function's result stays as the function wrote it: its numbers may have more digits than a `Double`.
public struct FunctionInvocation: Sendable, Equatable {
    /// Identifies the invocation in the function's log.
    public var id: String
    /// The version that handled the event; `nil` if the event waits.
    public var version: String?
    /// Whether the function failed.
    public var failed = false
    /// The result, or a description of the error, as a JSON document; `nil` if the event waits.
    public var result: Data?
    /// The end of the log of this invocation, if it was wanted.
    public var log: String?

    public init(id: String) { self.id = id }

    /// Returns it as JSON.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + (result?.count ?? 0))
        writer.raw("{\"id\":")
        writer.string(id)
        if let version {
            writer.raw(",\"version\":")
            writer.string(version)
        }
        if let result {
            writer.raw(failed ? ",\"failed\":true,\"result\":" : ",\"failed\":false,\"result\":")
            if Self.isJSON(result) {
                result.withUnsafeBytes { writer.raw($0) }
            } else {
                // Some programs write NaN, which is not JSON.
                writer.string(String(decoding: result, as: UTF8.self))
            }
        }
        if let log {
            writer.raw(",\"log\":")
            writer.string(log)
        }
        writer.put(UInt8(ascii: "}"))
        return writer.bytes
    }

    /// Reads what ``json`` returns.
    ///
    /// - Throws: ``RoostError`` if it is something else.
    public init(json: Data) throws(RoostError) {
        do {
            self = try json.withUnsafeBytes { bytes in try Self(bytes) }
        } catch {
            throw RoostError(.internalError, "The response is not the result of a function. Is it a Roost server?")
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
        id = ""
        var cursor = try JSONCursor(bytes)
        try cursor.expect(UInt8(ascii: "{"), "an object")
        var isFirst = true
        var key = ""
        while try cursor.nextKey(first: &isFirst, into: &key) {
            switch key {
            case "id": id = try cursor.readString()
            case "version": version = try cursor.readString()
            case "failed": failed = try cursor.readBool()
            case "log": log = try cursor.readString()
            case "result": result = Data(try cursor.rawValue())
            default: try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
    }

    private static func isJSON(_ document: Data) -> Bool {
        document.withUnsafeBytes { bytes in
            do throws(JSONError) {
                var cursor = try JSONCursor(bytes)
                try cursor.skipValue()
                try cursor.expectEnd()
                return true
            } catch {
                return false
            }
        }
    }
}

extension FunctionInvocation: WireType {
    package static let schema = Schema.object(
        ["id": .string()],
        optional: ["version": .string(), "failed": .boolean, "result": .anything, "log": .string()]
    )
}

/// An event: any JSON document.
enum AnyFunctionEvent: WireType {
    static let schemaName = "FunctionEvent"
    static let schema = Schema.anything
}
