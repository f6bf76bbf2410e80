import Definitions
package import Foundation
import Tensors

/// Any JSON value, for requests that are checked against AWS's service model before they are read.
package enum JSON: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }

    /// The member of an object; `nil` if it is missing or null.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self, let member = members[name], member != .null else { return nil }
        return member
    }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var number: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    package var int: Int? { number.flatMap { Int(exactly: $0) } }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var array: [JSON]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    package var object: [String: JSON]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// An object of strings.
    package var strings: [String: String]? { object?.compactMapValues(\.string) }

    /// Returns seconds since the epoch, as AWS writes a time.
    package static func time(_ date: Date) -> JSON { .number(Double(date.milliseconds) / 1000) }

    /// Returns milliseconds since the epoch, as CloudWatch Logs writes a time.
    package static func milliseconds(_ date: Date) -> JSON { .number(Double(date.milliseconds)) }

    /// Returns an object with the members that are not `nil`.
    package static func members(_ members: [String: JSON?]) -> JSON { .object(members.compactMapValues { $0 }) }

    /// Parses a document; `nil` if it is not valid JSON or is nested deeper than ``JSONCursor/maxDepth``.
    package init?(parsing bytes: some ContiguousBytes) {
        let value = bytes.withUnsafeBytes { bytes -> JSON? in
            do throws(JSONError) {
                var cursor = try JSONCursor(bytes)
                // Check the syntax and the depth of the whole document first, so that the recursion below is bounded.
                try cursor.skipValue()
                try cursor.expectEnd()
                cursor.rewind(to: 0)
                return try JSON(&cursor)
            } catch {
                return nil
            }
        }
        guard let value else { return nil }
        self = value
    }

    /// Reads one value. `Codable` would try one type after the other, and each failure costs more the deeper the value is.
    private init(_ cursor: inout JSONCursor) throws(JSONError) {
        var first = true
        switch cursor.peek() {
        case UInt8(ascii: "{"):
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var members: [String: JSON] = [:]
            var key = ""
            while try cursor.nextKey(first: &first, into: &key) { members[key] = try JSON(&cursor) }
            self = .object(members)
        case UInt8(ascii: "["):
            try cursor.expect(UInt8(ascii: "["), "'['")
            var elements: [JSON] = []
            while try cursor.nextElement(first: &first) { elements.append(try JSON(&cursor)) }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(try cursor.readString())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool(try cursor.readBool())
        case UInt8(ascii: "n"):
            _ = try cursor.takeNull()
            self = .null
        default: self = .number(try cursor.readDouble())
        }
    }

    /// The document, with members sorted by name.
    package var encoded: Data {
        var writer = JSONWriter(capacity: 256)
        write(to: &writer)
        return writer.withBytes { Data($0) }
    }

    /// Writes the value. `Codable` would take several times as long.
    private func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.raw("null")
        case .bool(let value): writer.raw(value ? "true" : "false")
        case .number(let value):
            if let whole = Int(exactly: value) { writer.number(whole) } else { writer.number(value) }
        case .string(let value): writer.string(value)
        case .array(let values):
            writer.raw("[")
            for (index, value) in values.enumerated() {
                if index > 0 { writer.raw(",") }
                value.write(to: &writer)
            }
            writer.raw("]")
        case .object(let members):
            writer.raw("{")
            for (index, name) in members.keys.sorted().enumerated() {
                if index > 0 { writer.raw(",") }
                writer.string(name)
                writer.raw(":")
                members[name]?.write(to: &writer)
            }
            writer.raw("}")
        }
    }
}
