import Definitions
import Foundation
import Tables
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
        var records = CSVRecords(body)
        var record: [String?] = []
        while try Self.next(&records, into: &record) {
            let fields = record.map { ($0 ?? "").trimmingCharacters(in: .whitespaces) }
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
                    "Line \(records.line) has \(fields.count) fields, but the header has \(names.count).",
                    field: "labels"
                )
            }
            switch csvLabel(names, fields) {
            case .success(let label): labels.append(label)
            case .failure(let problem):
                throw RoostError(
                    .invalidInput,
                    "The label in line \(records.line) \(problem.text).",
                    field: "labels"
                )
            }
        }
        return labels
    }

    private static func next(_ records: inout CSVRecords, into record: inout [String?]) throws(RoostError) -> Bool {
        do throws(CSVProblem) {
            return try records.next(into: &record)
        } catch {
            throw RoostError(.invalidInput, "Line \(error.line) \(error).", field: "labels")
        }
    }

    /// Returns the values of SageMaker's ground truth: those of its only line, or one from each line.
    static func values(ofCSV data: String) -> Result<Label.Values, Problem> {
        let result = Array(data.utf8).withUnsafeBytes { bytes in
            Result { () throws(CSVProblem) in
                var records = CSVRecords(bytes)
                var fields: [String?] = []
                var values: [Label.Value] = []
                var lines = 0
                while try records.next(into: &fields) {
                    values += fields.map { value(of: $0 ?? "") }
                    lines += 1
                }
                return (values, lines)
            }
        }
        switch result {
        case .success(let (values, lines)):
            guard lines <= 1 || values.count == lines else {
                return .failure(Problem(text: "has several lines with several values"))
            }
            return .success(values.count > 1 ? .rows(values) : .one(values.first ?? .text("")))
        case .failure(let problem): return .failure(Problem(text: "\(problem)"))
        }
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
}
