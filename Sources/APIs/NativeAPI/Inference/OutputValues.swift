import Foundation

/// The values of one output, as results and log entries have them: `{"Float": {"data": [0.5, 0.1], "dim": [1, 2]}}`.
package struct OutputValues: Decodable, Equatable {
    package let values: [String]
    package let shape: [Int]
    /// Whether the values are numbers, and not texts.
    package let areNumbers: Bool

    package init(values: [String], shape: [Int], areNumbers: Bool = false) {
        self.values = values
        self.shape = shape
        self.areNumbers = areNumbers
    }

    package init(from decoder: any Decoder) throws {
        struct Tensor: Decodable {
            var data: [Value]
            var dim: [Int]
        }
        let tensor = try decoder.singleValueContainer().decode([String: Tensor].self).values.first
        values = tensor?.data.map(\.text) ?? []
        shape = tensor?.dim ?? []
        areNumbers = tensor?.data.allSatisfy { !$0.isText } ?? false
    }

    /// One value, for people.
    private struct Value: Decodable {
        let text: String
        private(set) var isText = false

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                // JSON has no number for NaN and the infinities.
                text = "not finite"
            } else if let integer = try? container.decode(Int64.self) {
                text = "\(integer)"
            } else if let integer = try? container.decode(UInt64.self) {
                text = "\(integer)"
            } else if let number = try? container.decode(Double.self) {
                text = String(format: "%.6g", number)
            } else if let truth = try? container.decode(Bool.self) {
                text = "\(truth)"
            } else {
                text = try container.decode(String.self)
                isText = true
            }
        }
    }

    /// The number of rows; `nil` if the shape has none.
    package var rowCount: Int? { shape.first.flatMap { $0 > 0 && values.count % $0 == 0 ? $0 : nil } }

    /// Returns the values of a row: one by itself, several in brackets with up to `limit` of them.
    ///
    /// - Precondition: `row` is less than ``rowCount``.
    package func text(ofRow row: Int, limit: Int) -> String {
        let width = values.count / max(rowCount ?? 1, 1)
        return Self.text(values.dropFirst(row * width).prefix(width), limit: limit)
    }

    /// Returns all values: one by itself, several in brackets with up to `limit` of them.
    package func text(limit: Int) -> String { Self.text(values[...], limit: limit) }

    private static func text(_ values: ArraySlice<String>, limit: Int) -> String {
        if values.count == 1, let value = values.first { return value }
        let rest = values.count - limit
        return "[" + values.prefix(limit).joined(separator: ", ") + (rest > 0 ? ", … \(rest) more]" : "]")
    }
}
