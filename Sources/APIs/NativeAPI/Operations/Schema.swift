import Definitions

/// The JSON schema of a value, in the terms that the native API needs.
package indirect enum Schema: Sendable {
    package struct Field: Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool
    }

    case anything
    case boolean
    case integer(min: Int? = nil, max: Int? = nil)
    /// - Parameter above: The exclusive minimum.
    case number(min: Int? = nil, above: Int? = nil, max: Int? = nil)
    case string(format: String? = nil, pattern: String? = nil, maxLength: Int? = nil)
    case choice([String])
    case list(Schema)
    /// An object with any keys, whose values all have the same schema.
    case map(Schema)
    case anyObject
    /// - Parameter isOpen: Whether other fields are allowed.
    case fields([Field], isOpen: Bool)
    case oneOf([Schema])
    case described(String, Schema)
    case reference(any WireType.Type)

    package static func object(
        _ required: KeyValuePairs<String, Schema> = [:],
        optional: KeyValuePairs<String, Schema> = [:],
        isOpen: Bool = false
    ) -> Schema {
        .fields(
            required.map { Field(name: $0.key, schema: $0.value, isRequired: true) }
                + optional.map { Field(name: $0.key, schema: $0.value, isRequired: false) },
            isOpen: isOpen
        )
    }

    package static func choice<Value: CaseIterable & RawRepresentable<String>>(of type: Value.Type) -> Schema {
        .choice(type.allCases.map(\.rawValue))
    }

    package static func list(of type: any WireType.Type) -> Schema { .list(.reference(type)) }

    package static let time = Schema.string(format: "date-time")
    package static let uuid = Schema.string(format: "uuid")
    /// The name of a workspace, model or pipeline.
    package static let name = Schema.string(pattern: Name.pattern)

    /// The types that the schema refers to.
    package var references: [any WireType.Type] {
        switch self {
        case .reference(let type): [type]
        case .list(let schema), .map(let schema), .described(_, let schema): schema.references
        case .fields(let fields, _): fields.flatMap(\.schema.references)
        case .oneOf(let schemas): schemas.flatMap(\.references)
        case .anything, .boolean, .integer, .number, .string, .choice, .anyObject: []
        }
    }
}
