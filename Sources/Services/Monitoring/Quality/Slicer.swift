import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// Divides rows into slices by the value of an expression: numbers into bins with as many rows each, other values into categories.
struct Slicer: Sendable {
    /// Numbers with at most this many values are categories.
    private static let maxCategories = 50

    let text: String
    let expression: Definitions.Expression
    private let bins: Int
    private let layout: TensorLayout
    private let isCondition: Bool

    /// - Throws: ``RoostError`` if the text is not an expression over inputs and outputs of the pipeline.
    init(_ text: String, bins: Int, _ layout: TensorLayout) throws(RoostError) {
        self.text = text
        self.bins = bins
        self.layout = layout
        do throws(RoostError) {
            expression = try Definitions.Expression(parsing: text, for: .metric)
            let isElement = expression.element != nil
            let kinds = try expression.kinds { element throws(RoostError) in
                if element.source == .label { throw RoostError(.invalidInput, "Rows cannot be sliced by 'label'.") }
                let kind = try layout.kind(of: element)
                return kind == .text && isElement ? .unknown : kind
            }
            isCondition = kinds.last == .truth && !isElement
        } catch {
            throw RoostError(.invalidInput, error.message, field: "by")
        }
        guard expression.operations.contains(where: { $0.operand != nil }) else {
            throw RoostError(
                .invalidInput,
                "Rows can be sliced by an input, an output or a condition on them, such as 'inputs.age', not by '\(text.prefix(80))'.",
                field: "by"
            )
        }
    }

    /// The value of a row: a number, a text, or whether a condition holds.
    enum Value: Hashable, Sendable {
        case number(Double)
        case text(String)
        case truth(Bool)
        case missing
    }

    /// Returns the values of the rows of a batch that are within the window.
    func values(of batch: LogBatch) -> [Value] {
        let rows = batch.rowRanges.joined()
        if let element = expression.element {
            let columns = layout.columns(of: element, in: batch)
            return rows.map { Self.value(columns, $0) }
        }
        var reader = BatchExpression(expression, layout, batch)
        return rows.map { row in
            guard let value = reader.value(row: row) else { return .missing }
            return isCondition ? .truth(value != 0) : .number(value)
        }
    }

    static func value(_ columns: [LogValueColumn], _ row: Int) -> Value {
        for column in columns {
            if let number = column.number(at: row) { return .number(number) }
            if let text = column.text(at: row) { return .text(text) }
        }
        return .missing
    }

    /// A range of numbers, or a category.
    struct Slice: Hashable, Sendable {
        let name: String
        /// Slices are listed in this order, and then by name.
        let order: Double
    }

    /// Returns the slice of each value.
    ///
    /// - Parameter values: Of all rows.
    func slices(of values: [Value]) -> [Slice] {
        let numbers = values.compactMap { if case .number(let number) = $0 { number } else { nil } }
        let distinct = Set(numbers)
        let edges = distinct.count > max(bins, 2) ? edges(numbers) : []
        var texts: [String: Int] = [:]
        for case .text(let text) in values { texts[text, default: 0] += 1 }
        let common = Set(
            texts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.maxCategories).map(\.key)
        )
        return values.map { value in
            switch value {
            case .missing: Slice(name: "missing", order: .infinity)
            case .truth(let holds): Slice(name: holds ? "true" : "false", order: holds ? 0 : 1)
            case .text(let text):
                common.contains(text)
                    ? Slice(name: "\"\(text)\"", order: .greatestFiniteMagnitude)
                    : Slice(name: "other", order: .infinity)
            case .number(let number):
                edges.isEmpty ? Slice(name: Self.text(number), order: number) : Self.bin(number, edges)
            }
        }
    }

    /// Returns the inner and outer edges of bins with as many values each.
    private func edges(_ numbers: [Double]) -> [Double] {
        let sorted = SortedNumbers(numbers)
        let edges = (0...bins).compactMap { sorted.quantile(at: Double($0) / Double(bins)) }
        return edges.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private static func bin(_ number: Double, _ edges: [Double]) -> Slice {
        let last = edges.count - 1
        let index = edges.dropFirst().dropLast().firstIndex { number < $0 }.map { $0 - 1 } ?? max(0, last - 1)
        let isLast = index == last - 1
        return Slice(
            name: "[\(text(edges[index])), \(text(edges[min(index + 1, last)]))\(isLast ? "]" : ")")",
            order: edges[index]
        )
    }

    private static func text(_ number: Double) -> String {
        if let whole = Int(exactly: number) { return "\(whole)" }
        return String(format: "%.6g", number)
    }
}
