import Foundation
import Testing

@testable import NativeAPI

@Suite("Operations and their OpenAPI document")
struct OpenAPIDocumentTests {
    private let document: [String: Any]

    init() throws {
        let object = try JSONSerialization.jsonObject(with: OpenAPIDocument.json(version: "1.2.3"))
        document = try #require(object as? [String: Any])
    }

    @Test("no two operations share a method and a path")
    func unique() {
        let pairs = APIOperation.allCases.map { operation in
            // Templates that differ only in the names of their parameters are the same path.
            let path = operation.description.path.replacing(#/\{[a-z]+\}/#, with: "{}")
            return "\(operation.description.method) \(path)"
        }
        #expect(Set(pairs).count == APIOperation.allCases.count)
    }

    @Test("every operation is in the document, under its path and method", arguments: APIOperation.allCases)
    func operations(operation: APIOperation) throws {
        let description = operation.description
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        let entry = try #require(paths[description.path]?[description.method.lowercased()])
        #expect(entry["operationId"] as? String == operation.rawValue)
        #expect((entry["responses"] as? [String: Any])?["\(description.status)"] != nil)
        #expect((entry["requestBody"] != nil) == (description.request != nil))
        let parameters = entry["parameters"] as? [[String: Any]] ?? []
        let inPath = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
        let segments = description.path.split(separator: "/").filter { $0.hasPrefix("{") }
        #expect(inPath == segments.map { $0.dropFirst().dropLast() }.map(String.init))
        #expect(parameters.count == inPath.count + description.query.count)
    }

    @Test("the document has no other operations")
    func count() throws {
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        #expect(paths.values.reduce(0) { $0 + $1.count } == APIOperation.allCases.count)
        #expect(document["openapi"] as? String == "3.1.0")
        #expect((document["info"] as? [String: Any])?["version"] as? String == "1.2.3")
    }

    @Test("every reference resolves to a schema, and every schema is referenced")
    func references() throws {
        var found: Set<String> = []
        var waiting: [Any] = [document]
        while let next = waiting.popLast() {
            if let object = next as? [String: Any] {
                if let reference = object["$ref"] as? String { found.insert(reference) }
                waiting.append(contentsOf: object.values)
            } else if let list = next as? [Any] {
                waiting.append(contentsOf: list)
            }
        }
        let components = try #require(document["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: Any])
        #expect(found == Set(schemas.keys.map { "#/components/schemas/\($0)" }))
    }

    @Test("a field that a schema requires is one of its properties")
    func required() throws {
        let components = try #require(document["components"] as? [String: Any])
        for (name, schema) in try #require(components["schemas"] as? [String: [String: Any]]) {
            let properties = (schema["properties"] as? [String: Any]).map { Set($0.keys) } ?? []
            #expect(Set(schema["required"] as? [String] ?? []).isSubset(of: properties), "\(name)")
        }
    }

    @Test(
        "the methods of a path are found for any parameters",
        arguments: [
            ("/v1/workspaces", ["GET", "POST"]), ("/v1/workspaces/x", ["GET"]),
            ("/v1/pipelines/p/deployment", ["DELETE", "GET", "PUT"]), ("/v2", ["GET"]),
            ("/v2/models/m/infer", ["POST"]),
            ("/v1", []), ("/v1/pipelines/p/deployment/", []), ("", []), ("/", []),
        ]
    )
    func methods(path: String, methods: [String]) {
        #expect(APIOperation.methods(matching: path).sorted() == methods)
    }
}
