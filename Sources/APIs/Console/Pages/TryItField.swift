import Definitions
import Foundation
import NativeAPI
import Tensors
import Words

/// A field of the form that sends a request: a key, up to eight numbers, or any input as JSON.
struct TryItField: Sendable {
    struct Number: Sendable {
        var id: String
        var name: String
        var label: String
        var value: String
        /// Whether it is the only one, which the field's own label names.
        var isAlone: Bool
        var isWrong = false
    }

    /// The most numbers of a row that have fields of their own.
    private static let numberLimit = 8

    let id: String
    let name: String
    let label: String
    let hint: String
    let value: String
    let isKey: Bool
    /// Whether it is all of the request.
    private(set) var isBody = false
    let isText: Bool
    private(set) var numbers: [Number] = []
    let isNumbers: Bool
    /// How many rows and values the text has.
    let count: String
    /// The values of a row; empty if their number is not known.
    let width: String
    var error = ""
    private let example: String
    private let rank: Int

    /// The field of a request to a function, of which nothing is known.
    init(body: String) {
        (id, name, label, hint, value) = ("body", "body", "Request", "JSON object", body)
        (isKey, isText, isNumbers, isBody) = (false, true, false, true)
        (count, width, example, rank) = ("", "", "", 0)
    }

    /// - Parameter logged: What a request of the log sent for it.
    init(key: String, _ form: [String: String], _ logged: DocumentValue?) {
        id = "key-" + key
        name = "key." + key
        label = key
        hint = "key"
        value = form["key." + key] ?? logged.map { Values.text($0) } ?? ""
        (isKey, isText, isNumbers) = (true, false, false)
        (count, width, example, rank) = ("", "", "", 0)
    }

    /// - Parameter logged: What a request of the log sent for it.
    init(_ spec: TensorSpec, _ form: [String: String], _ logged: DocumentValue?) {
        let name = "input." + spec.name
        id = "input-" + spec.name
        self.name = name
        label = spec.name
        hint = spec.words
        isKey = false
        rank = spec.shape.count
        example = Self.example(spec)
        let lengths = spec.shape.dropFirst()
        let width = lengths.isEmpty || lengths.contains { $0 < 0 } ? nil : lengths.reduce(1, Self.product)
        self.width = width.map { String($0) } ?? ""
        let count = Self.numberCount(spec)
        let found = logged.map { Self.numbers(in: $0) }
        // What was typed or logged as several rows, or as something else, stays as it is.
        isNumbers = count > 0 && form[name] == nil && (found == nil || found?.count == count)
        isText = !isNumbers
        let text = form[name] ?? logged.map { Quoted.body($0) } ?? example
        value = text
        self.count = isNumbers ? "" : Self.count(text, width)
        guard isNumbers else { return }
        let places = count == 1 ? [spec.name] : (0..<count).map { String($0) }
        let names = spec.featureNames?.count == count ? spec.featureNames ?? [] : places
        numbers = names.enumerated().map { index, label in
            let field = "number.\(index).\(spec.name)"
            return Number(
                id: "\(id)-\(index)",
                name: field,
                label: label,
                value: form[field] ?? found?[index] ?? "0",
                isAlone: count == 1
            )
        }
    }

    /// The value as JSON.
    var json: String {
        guard isNumbers else { return isKey ? Quoted.json(value) : value }
        let row = "[" + numbers.map { $0.value.trimmingCharacters(in: .whitespaces) }.joined(separator: ", ") + "]"
        return rank > 1 ? "[\(row)]" : row
    }

    /// Says what is wrong with what was typed; an empty error if nothing is.
    mutating func check() {
        guard isNumbers else {
            let expected = isBody ? "an object such as {\"text\": \"a\"}" : "an array such as \(example)"
            error = (isKey ? nil : JSONText.problem(in: value)).map { "\($0). Expected \(expected)." } ?? ""
            return
        }
        for index in numbers.indices {
            let text = numbers[index].value.trimmingCharacters(in: .whitespaces)
            numbers[index].isWrong = JSONText.problem(in: text) != nil || Double(text) == nil && text != "null"
        }
        guard let wrong = numbers.first(where: \.isWrong) else { return }
        error =
            wrong.value.isEmpty
            ? "A value is missing. Expected a number, or null for a missing value."
            : "'\(wrong.value.prefix(40))' is not a number. Expected one such as 0.5, or null for a missing value."
    }

    /// The number of values of one row, if they are few numbers; 0 otherwise.
    private static func numberCount(_ spec: TensorSpec) -> Int {
        guard spec.dataType != .bytes, spec.dataType != .bool, !spec.hasAnyRank, (1...2).contains(spec.shape.count),
            spec.shape.count == 1 || spec.shape[0] < 0 || spec.shape[0] == 1
        else { return 0 }
        let count = spec.shape[spec.shape.count - 1]
        return (1...numberLimit).contains(count) ? count : 0
    }

    /// The numbers of the only row of a value; none if it has several rows, or anything else.
    private static func numbers(in value: DocumentValue) -> [String] {
        guard case .list(let elements) = value else { return [] }
        if elements.count == 1, case .list = elements[0] { return numbers(in: elements[0]) }
        let texts = elements.compactMap { element -> String? in
            switch element {
            case .integer, .unsigned, .number, .null: Quoted.body(element)
            default: nil
            }
        }
        return texts.count == elements.count ? texts : []
    }

    private static func product(_ first: Int, _ second: Int) -> Int {
        first.multipliedReportingOverflow(by: second).partialValue
    }

    /// How many rows and values a text has; empty if it is not an array.
    private static func count(_ text: String, _ width: Int?) -> String {
        guard let value = try? JSONDecoder().decode(DocumentValue.self, from: Data(text.utf8)),
            case .list(let rows) = value
        else { return "" }
        func size(_ value: DocumentValue) -> Int {
            if case .list(let elements) = value { elements.reduce(0) { $0 + size($1) } } else { 1 }
        }
        let values = size(value)
        guard let width, width > 0 else { return Numbers.count(values, "value") }
        let expected = Self.product(rows.count, width)
        return "\(Numbers.count(rows.count, "row")), \(Numbers.count(values)) of \(Numbers.count(expected, "value"))"
    }

    /// One row of zeros, or the shape that is expected where it is too large to be typed.
    private static func example(_ spec: TensorSpec) -> String {
        let shape = spec.shape.map { $0 < 0 ? 1 : $0 }
        let value = spec.dataType == .bytes ? "\"\"" : spec.dataType == .bool ? "false" : "0"
        guard shape.allSatisfy({ $0 <= 64 }), shape.count <= 3, shape.reduce(1, { $0 * min($1, 64) }) <= 64 else {
            return "[]"
        }
        return shape.reversed().reduce(value) { inner, count in
            "[" + Array(repeating: inner, count: count).joined(separator: ", ") + "]"
        }
    }
}
