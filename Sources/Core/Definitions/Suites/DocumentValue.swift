/// A value of a JSON document that a definition contains and the server does not interpret until later.
public indirect enum DocumentValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// An integer that is too large for ``integer(_:)``.
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case list([DocumentValue])
    case object([String: DocumentValue])
}

extension DocumentValue: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Numbers are tried first, then lists: a failed attempt costs more than decoding a value, and long documents are lists of numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let number = try? container.decode(Double.self) {
            // Integers from 2^53 on may not be doubles.
            let isSmall = number.magnitude < 9_007_199_254_740_992
            let integer = isSmall ? Int64(exactly: number) : try? container.decode(Int64.self)
            if let integer {
                self = .integer(integer)
            } else if !isSmall, number > 0, let large = try? container.decode(UInt64.self) {
                self = .unsigned(large)
            } else {
                self = .number(number)
            }
        } else if var elements = try? decoder.unkeyedContainer() {
            var list: [DocumentValue] = []
            list.reserveCapacity(elements.count ?? 0)
            while !elements.isAtEnd { list.append(try elements.decode(DocumentValue.self)) }
            self = .list(list)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let members = try? decoder.container(keyedBy: Key.self) {
            var object: [String: DocumentValue] = [:]
            for key in members.allKeys { object[key.stringValue] = try members.decode(DocumentValue.self, forKey: key) }
            self = .object(object)
        } else {
            self = .boolean(try container.decode(Bool.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (name, value) in members { try container.encode(value, forKey: Key(stringValue: name)) }
        case .list(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .boolean(let truth):
            var container = encoder.singleValueContainer()
            try container.encode(truth)
        case .integer(let integer):
            var container = encoder.singleValueContainer()
            try container.encode(integer)
        case .unsigned(let integer):
            var container = encoder.singleValueContainer()
            try container.encode(integer)
        case .number(let number):
            var container = encoder.singleValueContainer()
            try container.encode(number)
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }
    }
}
