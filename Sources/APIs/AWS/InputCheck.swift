/// Checks an input against its shape, and reports errors in AWS's words.
struct InputCheck {
    static let errorLimit = 50
    /// Quoted values are cut to this many characters. AWS's own limits are far lower.
    private static let quoteLimit = 1024
    /// A string of more characters that also exceeds its maximum length is not matched against its pattern.
    private static let matchLimit = 8192

    let model: ServiceModel
    private(set) var errors: [String] = []

    init(model: ServiceModel) { self.model = model }

    mutating func value(_ value: JSON, _ shape: ServiceModel.Shape, at path: String) throws(AWSError) {
        switch (shape.kind, value) {
        case (.structure(let members, let required), .object(let given)):
            for member in members {
                let memberPath = Self.join(path, member.name)
                if let found = given[member.name], found != .null {
                    try self.value(found, model[member.shape], at: memberPath)
                } else if required.contains(member.name) {
                    report(Self.missing(memberPath))
                }
            }
        case (.list(let element), .array(let values)):
            length(values.count, value, shape, at: path)
            let shape = model[element]
            for (index, value) in values.enumerated() where value != .null {
                if let constraints = try violations(of: value, shape) {
                    fail(value, at: path, "Member must satisfy constraint: [\(constraints)]", whole: .array(values))
                    continue
                }
                try self.value(value, shape, at: "\(path).\(index + 1).member")
            }
        case (.map(let key, let element), .object(let given)):
            length(given.count, value, shape, at: path)
            try map(given, key: model[key], element: model[element], at: path)
        case (.string, .string(let text)):
            for constraint in Self.violations(of: text, shape) { fail(value, at: path, constraint) }
        case (.integer, .number(let number)), (.long, .number(let number)), (.float, .number(let number)),
            (.double, .number(let number)):
            guard Self.holds(number, shape.kind) else { throw Self.mismatch(value, shape) }
            range(number, value, shape, at: path)
        case (.boolean, .bool), (.blob, .string): break
        // AWS also accepts a time as a string.
        case (.timestamp, .number), (.timestamp, .string):
            guard value.date != nil else { throw Self.mismatch(value, shape) }
        default: throw Self.mismatch(value, shape)
        }
    }

    /// Whether a number fits the shape's type, so that the code that reads it needs no checks.
    private static func holds(_ number: Double, _ kind: ServiceModel.Kind) -> Bool {
        switch kind {
        case .integer: Int32(exactly: number) != nil
        // Up to 2⁶³, to which the largest 64-bit integer rounds as a double.
        case .long: number.magnitude <= 0x1p63 && number.rounded(.towardZero) == number
        case .float: number.magnitude <= Double(Float.greatestFiniteMagnitude)
        default: number.isFinite
        }
    }

    private static func join(_ path: String, _ name: String) -> String {
        let name = name.prefix(1).lowercased() + name.dropFirst()
        return path.isEmpty ? name : "\(path).\(name)"
    }

    // MARK: Constraints

    private mutating func map(
        _ given: [String: JSON],
        key: ServiceModel.Shape,
        element: ServiceModel.Shape,
        at path: String
    ) throws(AWSError) {
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            if let constraints = try violations(of: .string(name), key) {
                fail(.object(given), at: path, "Map keys must satisfy constraint: [\(constraints)]")
            }
            guard value != .null else { continue }
            if let constraints = try violations(of: value, element) {
                fail(.object(given), at: path, "Map value must satisfy constraint: [\(constraints)]")
            } else if case .structure = element.kind {
                try self.value(value, element, at: "\(path).\(name).member")
            }
        }
    }

    /// Returns all of the shape's constraints, as AWS lists them, if a string in a list or a map violates any; otherwise `nil`.
    private func violations(of value: JSON, _ shape: ServiceModel.Shape) throws(AWSError) -> String? {
        guard case .string = shape.kind else { return nil }
        guard let text = value.string else { throw Self.mismatch(value, shape) }
        guard !Self.violations(of: text, shape).isEmpty else { return nil }
        return Self.constraints(of: shape).joined(separator: ", ")
    }

    private static func violations(of text: String, _ shape: ServiceModel.Shape) -> [String] {
        guard case .string(let values) = shape.kind else { return [] }
        var found: [String] = []
        let count = Double(text.unicodeScalars.count)
        if let maximum = shape.maximum, count > maximum { found.append(Self.length(atMost: maximum)) }
        if let minimum = shape.minimum, count < minimum { found.append(Self.length(atLeast: minimum)) }
        let isMatched = count <= Double(Self.matchLimit) || found.isEmpty
        if let pattern = shape.pattern, isMatched, !pattern.matches(text) { found.append(Self.pattern(pattern)) }
        if let values, !values.contains(text) { found.append(Self.enumeration(values)) }
        return found
    }

    private static func constraints(of shape: ServiceModel.Shape) -> [String] {
        var all: [String] = []
        if let maximum = shape.maximum { all.append(length(atMost: maximum)) }
        if let minimum = shape.minimum { all.append(length(atLeast: minimum)) }
        if let pattern = shape.pattern { all.append(Self.pattern(pattern)) }
        if case .string(.some(let values)) = shape.kind { all.append(enumeration(values)) }
        return all
    }

    private mutating func length(_ count: Int, _ value: JSON, _ shape: ServiceModel.Shape, at path: String) {
        if let maximum = shape.maximum, Double(count) > maximum { fail(value, at: path, Self.length(atMost: maximum)) }
        if let minimum = shape.minimum, Double(count) < minimum { fail(value, at: path, Self.length(atLeast: minimum)) }
    }

    private mutating func range(_ number: Double, _ value: JSON, _ shape: ServiceModel.Shape, at path: String) {
        if let maximum = shape.maximum, number > maximum {
            fail(value, at: path, "Member must have value less than or equal to \(Self.text(maximum))")
        }
        if let minimum = shape.minimum, number < minimum {
            fail(value, at: path, "Member must have value greater than or equal to \(Self.text(minimum))")
        }
    }

    // MARK: Messages

    static func missing(_ path: String) -> String {
        "Value null at '\(path)' failed to satisfy constraint: Member must not be null"
    }

    private mutating func fail(_ value: JSON, at path: String, _ constraint: String, whole: JSON? = nil) {
        guard errors.count < Self.errorLimit else { return }
        report("Value '\(Self.quoted(whole ?? value))' at '\(path)' failed to satisfy constraint: \(constraint)")
    }

    /// Adds an error, unless there are enough of them: a long list of invalid elements is not reported in full.
    private mutating func report(_ error: String) {
        if errors.count < Self.errorLimit, errors.last != error { errors.append(error) }
    }

    private static func length(atMost maximum: Double) -> String {
        "Member must have length less than or equal to \(text(maximum))"
    }

    private static func length(atLeast minimum: Double) -> String {
        "Member must have length greater than or equal to \(text(minimum))"
    }

    private static func pattern(_ pattern: ServiceModel.Pattern) -> String {
        "Member must satisfy regular expression pattern: \(pattern.text)"
    }

    private static func enumeration(_ values: [String]) -> String {
        "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
    }

    private static func text(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

    /// Returns a value as Java prints it.
    private static func quoted(_ value: JSON) -> String { String(java(value, depth: 0).prefix(quoteLimit)) }

    private static func java(_ value: JSON, depth: Int) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let number): text(number)
        case .string(let text): String(text.prefix(quoteLimit))
        case .array(let values) where depth < 3:
            "[" + values.prefix(20).map { java($0, depth: depth + 1) }.joined(separator: ", ") + "]"
        case .object(let members) where depth < 3:
            "{"
                + members.sorted { $0.key < $1.key }.prefix(20).map { "\($0.key)=\(java($0.value, depth: depth + 1))" }
                .joined(separator: ", ") + "}"
        case .array: "[...]"
        case .object: "{...}"
        }
    }

    private static func mismatch(_ value: JSON, _ shape: ServiceModel.Shape) -> AWSError {
        let given: String
        switch value {
        case .object: return AWSError("SerializationException", "Start of structure or map found where not expected.")
        case .array: return AWSError("SerializationException", "Start of list found where not expected.")
        case .bool(let value): given = value ? "TRUE_VALUE" : "FALSE_VALUE"
        case .number: given = "NUMBER_VALUE"
        case .string: given = "STRING_VALUE"
        case .null: given = "NULL_VALUE"
        }
        switch shape.kind {
        case .structure, .map: return AWSError("SerializationException", "Unexpected \(given): expected map or null")
        case .list: return AWSError("SerializationException", "Unexpected \(given): expected list or null")
        case .string: return AWSError("SerializationException", "\(given) can not be converted to a String")
        case .integer: return AWSError("SerializationException", "\(given) can not be converted to an Integer")
        case .long: return AWSError("SerializationException", "\(given) can not be converted to a Long")
        case .float: return AWSError("SerializationException", "\(given) can not be converted to a Float")
        case .double: return AWSError("SerializationException", "\(given) can not be converted to a Double")
        case .boolean: return AWSError("SerializationException", "\(given) can not be converted to a Boolean")
        case .timestamp: return AWSError("SerializationException", "\(given) can not be converted to a Date")
        case .blob: return AWSError("SerializationException", "\(given) can not be converted to a Blob")
        }
    }
}
