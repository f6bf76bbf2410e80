public import Definitions
public import Foundation
import InferenceLog
import Tensors

/// `GET /v1/pipelines/{pipeline}/logs/tail`: entries in the order in which they were written.
public struct NewLogEntries: Sendable, Equatable {
    /// JSON objects on one line, oldest first. They stay as the log has them.
    public var entries: [Data]
    /// The place in the log from which to continue: the parameter `after` of the next request.
    public var next: String
    /// Whether more entries have been written already.
    public var hasMore: Bool

    init(_ tail: LogTail) {
        entries = tail.entries.map { Data($0) }
        next = tail.next.description
        hasMore = tail.hasMore
    }

    /// Returns it as JSON.
    var json: [UInt8] {
        var bytes = Array("{\"entries\":[".utf8)
        for (index, entry) in entries.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += entry
        }
        return bytes + "],\"more\":\(hasMore),\"next\":\"\(next)\"}".utf8
    }

    /// Reads what ``json`` returns.
    ///
    /// - Throws: ``RoostError`` if it is something else.
    public init(json: Data) throws(RoostError) {
        do {
            self = try json.withUnsafeBytes { bytes in try Self(bytes) }
        } catch {
            throw RoostError(.internalError, "The response is not a part of a log. Is it a Roost server?")
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
        entries = []
        next = ""
        hasMore = false
        var cursor = try JSONCursor(bytes)
        try cursor.expect(UInt8(ascii: "{"), "an object")
        var isFirst = true
        var key = ""
        while try cursor.nextKey(first: &isFirst, into: &key) {
            switch key {
            case "entries":
                try cursor.expect(UInt8(ascii: "["), "an array")
                var isFirst = true
                while try cursor.nextElement(first: &isFirst) { entries.append(Data(try cursor.rawValue())) }
            case "more": hasMore = try cursor.readBool()
            case "next": next = try cursor.readString()
            default: try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
    }
}

extension NewLogEntries: WireType {
    package static let schema = Schema.object([
        "entries": .list(of: LogEntry.self), "more": .boolean, "next": .string(),
    ])
}
