package import Definitions
import Tables

/// Selects parts of a record with the subset of JSONPath that batch transform supports.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
package struct RecordFilter: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        /// `.name`, `['name']` or `['one', 'other']`.
        case names([String])
        /// `[0]`, `[-1]`, `[1:]` or `[0, 5:]`.
        case elements([Elements])
        /// `.*` or `[*]`.
        case all

        var isSingle: Bool {
            switch self {
            case .names(let names): names.count == 1
            case .elements(let elements): elements.count == 1 && elements[0].isSingle
            case .all: false
            }
        }
    }

    enum Elements: Sendable, Equatable {
        case index(Int)
        /// A range that excludes its end.
        case range(Int?, Int?)

        var isSingle: Bool { if case .index = self { true } else { false } }

        /// Returns the indices of the selected elements out of `count`; `nil` if a selected element does not exist.
        func indices(of count: Int) -> Range<Int>? {
            func position(_ index: Int) -> Int { index < 0 ? index + count : index }
            switch self {
            case .index(let index):
                let position = position(index)
                return (0..<count).contains(position) ? position..<(position + 1) : nil
            case .range(let start, let end):
                let first = min(max(position(start ?? 0), 0), count)
                let last = min(max(end.map(position) ?? count, 0), count)
                return first..<max(first, last)
            }
        }
    }

    /// One of the two filters of a job.
    package enum Place: String, Sendable, Equatable {
        case input = "input filter"
        case output = "output filter"

        /// The field of a transform job's definition.
        package var field: String { rawValue.replacing(" ", with: "_") }
    }

    let steps: [Step]
    /// The name of the filter in error messages.
    let name: String

    /// - Parameter text: `$` for the whole record, `$[1:]`, `$.features`, `$['id','SageMakerOutput']` …
    /// - Throws: ``RoostError`` if the text is not a supported path.
    package init(_ text: String, _ place: Place) throws(RoostError) {
        name = "\(place.rawValue) '\(text.prefix(80))'"
        var parser = Parser(text: Array(text.unicodeScalars), name: name, field: place.field)
        steps = try parser.read()
        guard steps.dropLast().allSatisfy(\.isSingle) else {
            throw RoostError(
                .invalidInput,
                "Only the last part of the \(name) may select several values.",
                field: place.field
            )
        }
    }

    /// Whether the filter selects the whole record.
    var isWhole: Bool { steps.isEmpty }

    /// Whether the filter can be applied to a CSV row, whose fields have no names.
    var fitsCSV: Bool {
        switch steps.first {
        case nil: true
        case .names: false
        case .elements, .all: steps.count == 1
        }
    }

    // MARK: CSV

    /// Appends the selected fields of `row`, separated by commas.
    func choose(fromCSV row: UnsafeRawBufferPointer, appendingTo output: inout [UInt8]) throws(RecordError) {
        guard fitsCSV else { throw RecordError("the \(name) selects by name, but CSV fields have no names.") }
        guard case .elements(let elements)? = steps.first else { return output.append(contentsOf: row) }
        let fields = try Self.fields(ofCSV: row)
        var isFirst = true
        for element in elements {
            guard let indices = element.indices(of: fields.count) else { throw outOfRange(fields.count, "fields") }
            for field in fields[indices] {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                output.append(contentsOf: row[field])
            }
        }
    }

    /// Returns the positions of the fields of a record.
    static func fields(ofCSV row: UnsafeRawBufferPointer) throws(RecordError) -> [Range<Int>] {
        do throws(CSVProblem) {
            return try CSVFormat.fields(of: row)
        } catch {
            throw RecordError("the record \(error).")
        }
    }

    func outOfRange(_ count: Int, _ what: String) -> RecordError {
        RecordError("the \(name) selects values that do not exist: the record has \(count) \(what).")
    }
}

/// The reason why a record cannot be transformed.
struct RecordError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Parses the text of a filter.
private struct Parser {
    let text: [Unicode.Scalar]
    let name: String
    let field: String
    var position = 0

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private func failure(_ expected: String) -> RoostError {
        RoostError(
            .invalidInput,
            "The \(name) is not a supported path. Expected \(expected) at character \(position + 1). "
                + "Examples: $, $[1:], $[0,-1], $.features, $['id','SageMakerOutput'].",
            field: field
        )
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() { while next == " " { position += 1 } }

    mutating func read() throws(RoostError) -> [RecordFilter.Step] {
        guard take("$") else { throw failure("'$'") }
        var steps: [RecordFilter.Step] = []
        while next != nil {
            if take(".") {
                if take("*") {
                    steps.append(.all)
                } else {
                    let start = position
                    while let scalar = next, scalar != ".", scalar != "[" { position += 1 }
                    guard position > start else { throw failure("a name") }
                    steps.append(.names([String(String.UnicodeScalarView(text[start..<position]))]))
                }
            } else if take("[") {
                steps.append(try bracket())
            } else {
                throw failure("'.' or '['")
            }
        }
        return steps
    }

    private mutating func bracket() throws(RoostError) -> RecordFilter.Step {
        var names: [String] = []
        var elements: [RecordFilter.Elements] = []
        skipSpace()
        if take("*") {
            guard take("]") else { throw failure("']'") }
            return .all
        }
        repeat {
            skipSpace()
            if next == "'" || next == "\"" {
                guard elements.isEmpty else { throw failure("a number") }
                names.append(try quoted())
            } else {
                guard names.isEmpty else { throw failure("a name in quotes") }
                elements.append(try self.elements())
            }
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("',' or ']'") }
        return names.isEmpty ? .elements(elements) : .names(names)
    }

    private mutating func quoted() throws(RoostError) -> String {
        let quote = text[position]
        position += 1
        let start = position
        while let scalar = next, scalar != quote { position += 1 }
        let name = String(String.UnicodeScalarView(text[start..<position]))
        guard take(quote) else { throw failure("the end of the quotes") }
        return name
    }

    private mutating func elements() throws(RoostError) -> RecordFilter.Elements {
        let start = try number()
        skipSpace()
        guard take(":") else {
            guard let start else { throw failure("a number") }
            return .index(start)
        }
        skipSpace()
        return .range(start, try number())
    }

    private mutating func number() throws(RoostError) -> Int? {
        let start = position
        _ = take("-")
        while let scalar = next, ("0"..."9").contains(scalar) { position += 1 }
        guard position > start else { return nil }
        guard let value = Int(String(String.UnicodeScalarView(text[start..<position]))), value.magnitude < 1 << 40
        else {
            throw failure("a number")
        }
        return value
    }
}
