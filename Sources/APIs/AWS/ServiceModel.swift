import Foundation
import Synchronization

/// What AWS says of the inputs of its operations: types, required members, lengths, ranges, patterns, enums.
///
/// The description is generated; see `scripts/make_service_model.py`.
struct ServiceModel: Sendable {
    static let shared = ServiceModel()

    enum Kind: Sendable {
        case structure(members: [(name: String, shape: Int)], required: [String])
        case list(element: Int)
        case map(key: Int, value: Int)
        case string(values: [String]?)
        /// A whole number of 32 bits, and one of 64.
        case integer, long
        /// A number of 32 bits, and one of 64.
        case float, double
        case boolean, timestamp, blob
    }

    struct Shape: Sendable {
        let kind: Kind
        /// Of a number's value, or of the length of anything else.
        let minimum: Double?
        let maximum: Double?
        let pattern: Pattern?
    }

    /// A regular expression that the whole of a text must match.
    final class Pattern: Sendable {
        let text: String
        private let compiled: NSRegularExpression?

        init(_ text: String) {
            self.text = text
            compiled = try? NSRegularExpression(pattern: #"\A(?:\#(text))\z"#)
        }

        var isChecked: Bool { compiled != nil }

        func matches(_ value: String) -> Bool {
            guard let compiled else { return true }
            let range = NSRange(value.startIndex..., in: value)
            return compiled.firstMatch(in: value, range: range) != nil
        }
    }

    private let shapes: [Shape]
    private let roots: [String: Int]

    private init() {
        var patterns: [String: Pattern] = [:]
        shapes = Self.shapes.split(separator: "\n").map { line in
            let description = JSON(parsing: Data(line.utf8)) ?? .null
            let pattern = description["pattern"]?.string.map { text in
                let pattern = patterns[text] ?? Pattern(text)
                patterns[text] = pattern
                return pattern
            }
            return Shape(
                kind: Self.kind(description),
                minimum: description["min"]?.number,
                maximum: description["max"]?.number,
                pattern: pattern
            )
        }
        roots = (JSON(parsing: Data(Self.inputs.utf8))?.object ?? [:]).compactMapValues(\.int)
    }

    private static func kind(_ description: JSON) -> Kind {
        let element = description["e"]?.int ?? 0
        switch description["t"]?.string {
        case "S":
            let members = (description["m"]?.array ?? []).compactMap { member -> (name: String, shape: Int)? in
                guard let pair = member.array, let name = pair[0].string, let shape = pair[1].int else { return nil }
                return (name, shape)
            }
            return .structure(members: members, required: description["r"]?.array?.compactMap(\.string) ?? [])
        case "L": return .list(element: element)
        case "M": return .map(key: description["k"]?.int ?? 0, value: element)
        case "s": return .string(values: description["enum"]?.array?.compactMap(\.string))
        case "i": return .integer
        case "l": return .long
        case "f": return .float
        case "d": return .double
        case "b": return .boolean
        case "t": return .timestamp
        default: return .blob
        }
    }

    subscript(number: Int) -> Shape { shapes[number] }

    /// A form of the query protocol as the input that it stands for: `Dimensions.member.1.Name=…`.
    ///
    /// What is no number where one belongs stays a text, for the check to refuse. Not for shapes that hold themselves.
    func input(_ form: QueryService.Form, of operation: String, service: String) -> JSON {
        roots["\(service).\(operation)"].flatMap { value(form, shapes[$0], at: "") } ?? .object([:])
    }

    private func value(_ form: QueryService.Form, _ shape: Shape, at path: String) -> JSON? {
        switch shape.kind {
        case .structure(let members, _):
            let found = members.compactMap { member in
                value(form, self[member.shape], at: path.isEmpty ? member.name : "\(path).\(member.name)")
                    .map { (member.name, $0) }
            }
            return found.isEmpty ? nil : .object(Dictionary(found) { first, _ in first })
        case .list(let element):
            var values: [JSON] = []
            while let next = value(form, self[element], at: "\(path).member.\(values.count + 1)") {
                values.append(next)
            }
            return values.isEmpty ? nil : .array(values)
        case .integer, .long, .float, .double:
            return form[path].map { text in Double(text).map(JSON.number) ?? .string(text) }
        default: return form[path].map(JSON.string)
        }
    }

    func has(_ service: String, _ operation: String) -> Bool { roots["\(service).\(operation)"] != nil }

    /// All patterns, each once or more often.
    var patterns: [Pattern] { shapes.compactMap(\.pattern) }

    /// The patterns that cannot be compiled here, and match anything.
    var uncheckedPatterns: Set<String> {
        Set(shapes.compactMap { $0.pattern.flatMap { $0.isChecked ? nil : $0.text } })
    }

    /// Checks an operation's input as AWS does, with its texts.
    ///
    /// - Returns: The input without members that the operation does not have: nobody reads them, and nobody is to keep them.
    /// - Throws: `SerializationException` for a value of a wrong JSON type, else the service's validation error with all that
    ///   is wrong.
    @discardableResult
    func check(_ input: JSON, of operation: String, service: String) throws(AWSError) -> JSON {
        guard let root = roots["\(service).\(operation)"] else { return input }
        var check = InputCheck(model: self)
        try check.value(input, shapes[root], at: "")
        guard check.errors.isEmpty else {
            throw AWSError(Self.errorCodes[service] ?? "ValidationException", AWSError.text(ofProblems: check.errors))
        }
        return known(input, shapes[root])
    }

    private func known(_ value: JSON, _ shape: Shape) -> JSON {
        switch (shape.kind, value) {
        case (.structure(let members, _), .object(let given)):
            var kept: [String: JSON] = [:]
            for member in members {
                if let value = given[member.name] { kept[member.name] = known(value, self[member.shape]) }
            }
            return .object(kept)
        case (.list(let element), .array(let values)): return .array(values.map { known($0, self[element]) })
        case (.map(_, let element), .object(let given)): return .object(given.mapValues { known($0, self[element]) })
        default: return value
        }
    }

    /// What services call an input that is wrong, where that is not `ValidationException`.
    private static let errorCodes = [
        "Logs_20140328": "InvalidParameterException", SageMakerService.monitoring: "ValidationError",
    ]
}
