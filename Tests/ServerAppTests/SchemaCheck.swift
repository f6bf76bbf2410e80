import Foundation
import NativeAPI

/// A JSON value whose kinds can be told apart.
enum JSONValue: Decodable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let values = try? container.decode([JSONValue].self) {
            self = .array(values)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

/// Checks JSON against schemas, and notes which fields of the schemas occurred.
struct SchemaCheck {
    private(set) var problems: [String] = []
    /// Each begins with the name of the type's schema: `Deployment.models`.
    private(set) var fields: Set<String> = []

    mutating func check(_ type: any WireType.Type, _ value: JSONValue) { check(.reference(type), value, "") }

    /// Returns the fields of a schema as they are noted.
    static func fields(of type: any WireType.Type) -> Set<String> { fields(of: type.schema, type.schemaName) }

    private static func fields(of schema: Schema, _ place: String) -> Set<String> {
        switch schema {
        case .fields(let fields, _):
            fields.reduce(into: []) { found, field in
                found.insert("\(place).\(field.name)")
                found.formUnion(Self.fields(of: field.schema, "\(place).\(field.name)"))
            }
        case .list(let schema), .map(let schema), .described(_, let schema): fields(of: schema, place)
        case .oneOf(let schemas):
            schemas.enumerated().reduce(into: []) { $0.formUnion(fields(of: $1.element, "\(place)|\($1.offset)")) }
        case .anything, .boolean, .integer, .number, .string, .choice, .anyObject, .reference: []
        }
    }

    private mutating func check(_ schema: Schema, _ value: JSONValue, _ place: String) {
        switch (schema, value) {
        case (.anything, _), (.boolean, .boolean), (.anyObject, .object): break
        case (.integer(let min, let max), .number(let number)):
            expect(
                Int(exactly: number).map { $0 >= min ?? $0 && $0 <= max ?? $0 } == true,
                "\(number) is not an integer in range",
                place
            )
        case (.number(let min, let above, let max), .number(let number)):
            expect(min.map { number >= Double($0) } != false, "\(number) is too small", place)
            expect(above.map { number > Double($0) } != false, "\(number) is too small", place)
            expect(max.map { number <= Double($0) } != false, "\(number) is too large", place)
        case (.string(let format, let pattern, let maxLength), .string(let text)):
            check(text, format: format, pattern, place)
            expect(text.count <= maxLength ?? text.count, "'\(text)' is too long", place)
        case (.choice(let values), .string(let text)): expect(values.contains(text), "'\(text)' is not a choice", place)
        case (.list(let schema), .array(let values)): for value in values { check(schema, value, place) }
        case (.map(let schema), .object(let values)): for value in values.values { check(schema, value, place) }
        case (.fields(let fields, let isOpen), .object(let values)): check(fields, isOpen: isOpen, values, place)
        case (.oneOf(let schemas), _): checkOne(of: schemas, value, place)
        case (.described(_, let schema), _): check(schema, value, place)
        case (.reference(let type), _): check(type.schema, value, type.schemaName)
        default: expect(false, "\(value) is not \(schema)", place)
        }
    }

    private mutating func check(
        _ fields: [Schema.Field],
        isOpen: Bool,
        _ values: [String: JSONValue],
        _ place: String
    ) {
        for field in fields {
            guard let value = values[field.name] else {
                expect(!field.isRequired, "'\(field.name)' is missing", place)
                continue
            }
            self.fields.insert("\(place).\(field.name)")
            check(field.schema, value, "\(place).\(field.name)")
        }
        let unknown = Set(values.keys).subtracting(fields.map(\.name))
        expect(isOpen || unknown.isEmpty, "the schema lacks \(unknown.sorted())", place)
    }

    private mutating func checkOne(of schemas: [Schema], _ value: JSONValue, _ place: String) {
        let matching = schemas.enumerated().compactMap { index, schema in
            var attempt = SchemaCheck()
            attempt.check(schema, value, "\(place)|\(index)")
            return attempt.problems.isEmpty ? attempt : nil
        }
        expect(matching.count == 1, "\(value) matches \(matching.count) schemas", place)
        for attempt in matching { fields.formUnion(attempt.fields) }
    }

    private mutating func check(_ text: String, format: String?, _ pattern: String?, _ place: String) {
        switch format {
        case "date-time": expect(NativeCoding.date(text) != nil, "'\(text)' is not a time", place)
        case "uuid": expect(UUID(uuidString: text) != nil, "'\(text)' is not a UUID", place)
        case nil: break
        case let format?: expect(false, "the format '\(format)' is unknown", place)
        }
        guard let pattern else { return }
        let match = try? Regex(pattern).firstMatch(in: text)
        expect(match != nil, "'\(text)' does not match \(pattern)", place)
    }

    private mutating func expect(_ condition: Bool, _ problem: @autoclosure () -> String, _ place: String) {
        if !condition { problems.append("\(place): \(problem())") }
    }
}
