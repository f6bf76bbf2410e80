package import Foundation

/// The OpenAPI 3.1 document of the server, built from its operations.
package enum OpenAPIDocument: WireType {
    package static let schemaName = "OpenAPI"
    package static let schema = Schema.object([
        "openapi": .string(), "info": .anything, "paths": .anything, "components": .anything,
    ])

    package static func json(of operations: [APIOperation], version: String) -> Data {
        var paths: [String: [String: Any]] = [:]
        for operation in operations {
            paths[operation.path, default: [:]][operation.method.rawValue.lowercased()] = operation.json
        }
        let document: [String: Any] = [
            "openapi": "3.1.0",
            "info": [
                "title": "Roost", "version": version,
                "description": "Models in production: pipelines, deployments, inference and the inference log.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": paths,
            "components": ["schemas": types(of: operations).mapValues { $0.schema.json }],
        ]
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        return (try? JSONSerialization.data(withJSONObject: document, options: options)) ?? Data()
    }

    /// The types in requests and responses, and those that they refer to, by the names of their schemas.
    package static func types(of operations: [APIOperation]) -> [String: any WireType.Type] {
        var found: [String: any WireType.Type] = [:]
        var waiting = operations.flatMap(\.types)
        while let type = waiting.popLast() {
            guard found.updateValue(type, forKey: type.schemaName) == nil else { continue }
            waiting += type.schema.references
        }
        return found
    }
}

extension APIOperation {
    fileprivate var types: [any WireType.Type] {
        ([request?.content, response] + [.json(errorBody)]).compactMap { content in
            switch content {
            case .json(let type), .definition(let type): type
            case .media, nil: nil
            }
        }
    }

    fileprivate var json: [String: Any] {
        let inPath = pathParameters.map {
            ["name": $0, "in": "path", "required": true, "schema": Schema.string().json] as [String: Any]
        }
        let inQuery = query.map {
            ["name": $0.name, "in": "query", "required": false, "schema": $0.schema.json] as [String: Any]
        }
        var responses: [String: Any] = [
            "default": ["description": "An error", "content": Content.json(errorBody).json]
        ]
        for (status, description) in statuses {
            responses["\(status.rawValue)"] = ["description": description, "content": response.json] as [String: Any]
        }
        var entry: [String: Any] = ["operationId": id, "summary": summary, "responses": responses]
        let parameters = inPath + inQuery
        if !parameters.isEmpty { entry["parameters"] = parameters }
        if let request { entry["requestBody"] = ["required": request.isRequired, "content": request.content.json] }
        return entry
    }
}

extension APIOperation.Content {
    fileprivate var json: [String: Any] {
        func schema(_ schema: Schema) -> [String: Any] { ["schema": schema.json] }
        return switch self {
        case .json(let type): ["application/json": schema(.reference(type))]
        case .definition(let type):
            ["application/json": schema(.reference(type)), "application/yaml": schema(.reference(type))]
        case .media(let type): [type: schema(.string())]
        }
    }
}

extension Schema {
    fileprivate var json: [String: Any] {
        func typed(_ type: String, _ facts: [String: Any?] = [:]) -> [String: Any] {
            facts.compactMapValues { $0 }.merging(["type": type]) { $1 }
        }
        return switch self {
        case .anything: [:]
        case .boolean: typed("boolean")
        case .integer(let min, let max): typed("integer", ["minimum": min, "maximum": max])
        case .number(let min, let above, let max):
            typed("number", ["minimum": min, "exclusiveMinimum": above, "maximum": max])
        case .string(let format, let pattern, let maxLength):
            typed("string", ["format": format, "pattern": pattern, "maxLength": maxLength])
        case .choice(let values): typed("string", ["enum": values])
        case .list(let items): typed("array", ["items": items.json])
        case .map(let values): typed("object", ["additionalProperties": values.json])
        case .anyObject: typed("object")
        case .fields(let fields, let isOpen):
            typed(
                "object",
                [
                    "properties": Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.schema.json) }),
                    "required": fields.filter(\.isRequired).map(\.name).sorted(), "additionalProperties": isOpen,
                ]
            )
        case .oneOf(let schemas): ["oneOf": schemas.map(\.json)]
        case .described(let description, let schema): schema.json.merging(["description": description]) { $1 }
        case .reference(let type): ["$ref": "#/components/schemas/\(type.schemaName)"]
        }
    }
}
