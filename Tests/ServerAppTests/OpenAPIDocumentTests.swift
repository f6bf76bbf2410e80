import Foundation
import NativeAPI
import Testing

@Suite("Operations and their OpenAPI document")
struct OpenAPIDocumentTests {
    private typealias Object = [String: Any]

    private func withDocument(_ body: ([APIOperation], Object) throws -> Void) async throws {
        try await withOperations { operations in
            let json = OpenAPIDocument.json(of: operations, version: "1.2.3")
            try body(operations, #require(try JSONSerialization.jsonObject(with: json) as? Object))
        }
    }

    private func schemas(in document: Object) throws -> [String: Object] {
        let components = try #require(document["components"] as? Object)
        return try #require(components["schemas"] as? [String: Object])
    }

    @Test("no two operations share a method and a path, or an ID")
    func unique() async throws {
        try await withOperations { operations in
            let pairs = operations.map { operation in
                // Templates that differ only in the names of their parameters are the same path.
                let path = operation.path.replacing(#/\{[a-z]+\}/#, with: "{}")
                return "\(operation.method.rawValue) \(path)"
            }
            #expect(Set(pairs).count == operations.count)
            #expect(Set(operations.map(\.id)).count == operations.count)
        }
    }

    @Test("every operation is in the document, under its path and method")
    func operations() async throws {
        try await withDocument { operations, document in
            let paths = try #require(document["paths"] as? [String: [String: Object]])
            for operation in operations {
                let entry = try #require(paths[operation.path]?[operation.method.rawValue.lowercased()])
                #expect(entry["operationId"] as? String == operation.id)
                let responses = try #require(entry["responses"] as? Object)
                #expect(
                    responses.keys.sorted() == operation.statuses.map { "\($0.status.rawValue)" }.sorted() + ["default"]
                )
                #expect((entry["requestBody"] != nil) == (operation.request != nil))
                let parameters = entry["parameters"] as? [Object] ?? []
                let inPath = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
                let segments = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }
                #expect(inPath == segments.map { $0.dropFirst().dropLast() }.map(String.init))
                #expect(parameters.count == inPath.count + operation.query.count)
            }
        }
    }

    @Test("the document has no other operations")
    func count() async throws {
        try await withDocument { operations, document in
            let paths = try #require(document["paths"] as? [String: Object])
            #expect(paths.values.reduce(0) { $0 + $1.count } == operations.count)
            #expect(document["openapi"] as? String == "3.1.0")
            #expect((document["info"] as? Object)?["version"] as? String == "1.2.3")
        }
    }

    @Test("every reference resolves to a schema, and every schema is referenced")
    func references() async throws {
        try await withDocument { _, document in
            var found: Set<String> = []
            var waiting: [Any] = [document]
            while let next = waiting.popLast() {
                if let object = next as? Object {
                    if let reference = object["$ref"] as? String { found.insert(reference) }
                    waiting.append(contentsOf: object.values)
                } else if let list = next as? [Any] {
                    waiting.append(contentsOf: list)
                }
            }
            let schemas = try schemas(in: document).keys
            #expect(found == Set(schemas.map { "#/components/schemas/\($0)" }))
        }
    }

    @Test("a field that a schema requires is one of its properties")
    func required() async throws {
        try await withDocument { _, document in
            for (name, schema) in try schemas(in: document) {
                let properties = (schema["properties"] as? Object).map { Set($0.keys) } ?? []
                #expect(Set(schema["required"] as? [String] ?? []).isSubset(of: properties), "\(name)")
            }
        }
    }

    @Test("only inferences have no handler, because the fast path handles them")
    func handlers() async throws {
        try await withOperations { operations in
            let others = operations.filter { $0.handler == nil }.map(\.id)
            #expect(others == ["infer", "v2Infer", "v2VersionInfer"])
        }
    }

    @Test("the methods of a path are found for any parameters")
    func methods() async throws {
        try await withOperations { operations in
            let known = [
                "/v1/workspaces": ["GET", "POST"], "/v1/workspaces/x": ["DELETE", "GET"],
                "/v1/pipelines/p/deployment": ["DELETE", "GET", "PUT"], "/v2": ["GET"],
                "/v2/models/m/infer": ["POST"],
                "/v1": [], "/v1/pipelines/p/deployment/": [], "": [], "/": [],
            ]
            for (path, methods) in known { #expect(operations.methods(matching: path).sorted() == methods, "\(path)") }
        }
    }
}
