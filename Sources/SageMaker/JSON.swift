package import Foundation

/// Any JSON value, for requests that are checked against AWS's description before they are read.
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
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
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

    /// The member of an object; `nil` where it is not there, or is null.
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

    /// Seconds since the epoch, as AWS writes a time.
    package static func time(_ date: Date) -> JSON { .number((date.timeIntervalSince1970 * 1000).rounded() / 1000) }

    /// Milliseconds since the epoch, as CloudWatch Logs writes a time.
    package static func milliseconds(_ date: Date) -> JSON { .number((date.timeIntervalSince1970 * 1000).rounded()) }

    /// An object of those members that are not `nil`.
    package static func members(_ members: [String: JSON?]) -> JSON { .object(members.compactMapValues { $0 }) }

    /// Parses a document; `nil` where it is none.
    package init?(parsing bytes: some ContiguousBytes) {
        let data = bytes.withUnsafeBytes { Data($0) }
        guard let value = try? JSONDecoder().decode(JSON.self, from: data) else { return nil }
        self = value
    }

    /// The document, members in the order of their names.
    package var encoded: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)) ?? Data()
    }
}
