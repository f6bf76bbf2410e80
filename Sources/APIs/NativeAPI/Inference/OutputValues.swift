import Foundation

/// The values of one output, as results and log entries have them: `{"Float": {"data": [0.5, 0.1], "dim": [1, 2]}}`.
package struct OutputValues: Decodable, DecodableWithConfiguration, Equatable {
    /// The values, or the first of them.
    package let values: [Value]
    /// The number of all values.
    package let count: Int
    package let shape: [Int]

    package init(from decoder: any Decoder) throws { try self.init(from: decoder, configuration: .max) }

    /// - Parameter limit: The most values that are read. An output may have thousands, of which a table shows three.
    package init(from decoder: any Decoder, configuration limit: Int) throws {
        let container = try decoder.container(keyedBy: DataType.self)
        let tensor = try container.allKeys.first.map {
            try container.decode(Tensor.self, forKey: $0, configuration: limit)
        }
        values = tensor?.data ?? []
        count = tensor?.count ?? 0
        shape = tensor?.dim ?? []
    }

    /// The type of the values, which is the only key.
    private struct DataType: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Tensor: DecodableWithConfiguration {
        private enum Key: CodingKey {
            case data, dim
        }

        var data: [Value] = []
        let count: Int
        let dim: [Int]

        init(from decoder: any Decoder, configuration limit: Int) throws {
            let container = try decoder.container(keyedBy: Key.self)
            dim = try container.decode([Int].self, forKey: .dim)
            var values = try container.nestedUnkeyedContainer(forKey: .data)
            while !values.isAtEnd, data.count < limit { data.append(try values.decode(Value.self)) }
            count = values.count ?? data.count
        }
    }

    package enum Value: Decodable, Equatable, Sendable {
        case integer(Int64)
        /// An integer above those of 64 bits with a sign.
        case large(UInt64)
        case number(Double)
        /// JSON has no number for NaN and the infinities.
        case notFinite
        case truth(Bool)
        case text(String)

        /// Numbers are tried first: a failed attempt costs more than decoding a value.
        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .notFinite
            } else if let number = try? container.decode(Double.self) {
                self = Self.number(number, in: container)
            } else if let truth = try? container.decode(Bool.self) {
                self = .truth(truth)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        /// - Parameter number: The double that is nearest to the written number.
        private static func number(_ number: Double, in container: any SingleValueDecodingContainer) -> Value {
            // Integers from 2^53 on may not be doubles.
            if number.magnitude < 9_007_199_254_740_992 {
                return Int64(exactly: number).map(Value.integer) ?? .number(number)
            }
            if let integer = try? container.decode(Int64.self) { return .integer(integer) }
            if let integer = try? container.decode(UInt64.self) { return .large(integer) }
            return .number(number)
        }

        /// The value for people.
        package var text: String {
            switch self {
            case .integer(let integer): "\(integer)"
            case .large(let integer): "\(integer)"
            case .number(let number): String(format: "%.6g", number)
            case .notFinite: "not finite"
            case .truth(let truth): "\(truth)"
            case .text(let text): text
            }
        }
    }

    /// The number of rows; `nil` if the shape has none.
    package var rowCount: Int? { shape.first.flatMap { $0 > 0 && count % $0 == 0 ? $0 : nil } }

    /// Returns the values of a row: one by itself, several in brackets with up to `limit` of them.
    ///
    /// - Precondition: `row` is less than ``rowCount``, and all values were read.
    package func text(ofRow row: Int, limit: Int) -> String {
        let width = count / max(rowCount ?? 1, 1)
        return Self.text(values.dropFirst(row * width).prefix(width), of: width, limit: limit)
    }

    /// Returns all values: one by itself, several in brackets with up to `limit` of them.
    ///
    /// - Parameter written: How a value is written.
    package func text(limit: Int, as written: (Value) -> String = \.text) -> String {
        Self.text(values[...], of: count, limit: limit, as: written)
    }

    private static func text(
        _ values: ArraySlice<Value>,
        of count: Int,
        limit: Int,
        as written: (Value) -> String = \.text
    ) -> String {
        let shown = values.prefix(limit).map(written)
        if count == 1, let value = shown.first { return value }
        let rest = count - shown.count
        return "[" + shown.joined(separator: ", ") + (rest > 0 ? ", … \(rest) more]" : "]")
    }
}
