import Definitions
import Foundation
import Tensors

/// Labels as a table: a line for each, below a line that names the columns.
extension LabelReader {
    /// Returns a number if the text is one, else the text.
    static func value(of text: String) -> Label.Value {
        let text = text.trimmingCharacters(in: .whitespaces)
        if let number = Double(text), number.isFinite { return .number(number) }
        return switch text {
        case "true", "True": .number(1)
        case "false", "False": .number(0)
        default: .text(text)
        }
    }

    func readCSV(_ body: UnsafeRawBufferPointer) throws(RoostError) -> [Label] {
        var labels: [Label] = []
        var header: [String]?
        var number = 0
        for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard let fields = Self.csvFields(String(decoding: line, as: UTF8.self)) else {
                throw RoostError(.invalidInput, "Line \(number) has a quote that is not closed.", field: "labels")
            }
            guard fields.contains(where: { !$0.isEmpty }) else { continue }
            guard let names = header else {
                try check(fields)
                header = fields
                continue
            }
            guard labels.count < Self.maxLabels else {
                throw RoostError(.invalidInput, "\(tooMany(0).message).", field: "labels")
            }
            guard fields.count == names.count else {
                throw RoostError(
                    .invalidInput,
                    "Line \(number) has \(fields.count) fields, but the header has \(names.count).",
                    field: "labels"
                )
            }
            switch csvLabel(names, fields) {
            case .success(let label): labels.append(label)
            case .failure(let problem):
                throw RoostError(.invalidInput, "The label in line \(number) \(problem.text).", field: "labels")
            }
        }
        return labels
    }

    private func check(_ header: [String]) throws(RoostError) {
        let targets = header.filter { $0 == "id" || $0.hasPrefix("key:") }
        let unknown = header.first { !["id", "label", "row"].contains($0) && !$0.hasPrefix("key:") }
        guard targets.count == 1, header.count(where: { $0 == "label" }) == 1, unknown == nil,
            Set(header).count == header.count
        else {
            let found = unknown.map { " Unknown column '\($0.prefix(40))'." } ?? ""
            throw RoostError(
                .invalidInput,
                "The first line must name the columns: 'id' or 'key:NAME', 'label', and optionally 'row'.\(found)",
                field: "labels"
            )
        }
    }

    private func csvLabel(_ names: [String], _ values: [String]) -> Result<Label, Problem> {
        var fields = Fields()
        for (name, value) in zip(names, values) {
            switch name {
            case "id": fields.id = value
            case "label":
                fields.hasLabel = !value.isEmpty
                fields.values = .one(kind == .text ? .text(value) : Self.value(of: value))
            case "row":
                guard let row = Int(value) else {
                    if value.isEmpty { continue }
                    return .failure(Problem(text: "has the row '\(value.prefix(40))', which is not a number"))
                }
                fields.row = row
            default: fields.key = (String(name.dropFirst("key:".count)), value)
            }
        }
        return label(fields)
    }

    /// Splits a line at commas outside of double quotes. Within them, two quotes stand for one.
    ///
    /// - Returns: `nil` if a quote is not closed.
    private static func csvFields(_ line: String) -> [String]? {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var wasQuote = false
        for character in line.unicodeScalars where character != "\r" {
            let isSecondQuote = character == "\"" && wasQuote && !isQuoted
            wasQuote = character == "\"" && isQuoted
            switch character {
            case "\"":
                if isSecondQuote { field.append("\"") }
                isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            default: field.unicodeScalars.append(character)
            }
        }
        guard !isQuoted else { return nil }
        fields.append(field)
        return fields.map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
