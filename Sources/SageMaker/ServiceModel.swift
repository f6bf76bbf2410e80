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
        case integer, number, boolean, timestamp, blob
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
        case "d": return .number
        case "b": return .boolean
        case "t": return .timestamp
        default: return .blob
        }
    }

    subscript(number: Int) -> Shape { shapes[number] }

    func has(_ service: String, _ operation: String) -> Bool { roots["\(service).\(operation)"] != nil }

    /// The patterns that cannot be compiled here, and match anything.
    var uncheckedPatterns: Set<String> {
        Set(shapes.compactMap { $0.pattern.flatMap { $0.isChecked ? nil : $0.text } })
    }

    /// Checks an operation's input as AWS does, with its texts.
    ///
    /// - Throws: `SerializationException` for a value of a wrong JSON type, else the service's validation error with all that
    ///   is wrong.
    func check(_ input: JSON, of operation: String, service: String) throws(AWSError) {
        guard let root = roots["\(service).\(operation)"] else { return }
        var check = InputCheck(model: self)
        try check.value(input, shapes[root], at: "")
        let count = check.errors.count
        guard count > 0 else { return }
        let text =
            "\(count) validation error\(count == 1 ? "" : "s") detected: "
            + check.errors.prefix(InputCheck.errorLimit).joined(separator: "; ")
        throw AWSError(Self.errorCodes[service] ?? "ValidationException", text)
    }

    /// What services call an input that is wrong, where that is not `ValidationException`.
    private static let errorCodes = [
        "Logs_20140328": "InvalidParameterException", "GraniteServiceVersion20100801": "ValidationError",
    ]
}
