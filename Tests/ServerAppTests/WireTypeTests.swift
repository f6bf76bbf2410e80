import Foundation
import NativeAPI
import Testing

@Suite("The schemas of the wire types")
struct WireTypeTests {
    @Test("the encoding of every type agrees with its schema, and has every field of it")
    func encodings() async throws {
        var check = SchemaCheck()
        for sample in try WireSample.all() {
            let json = try NativeCoding.encoder.encode(sample)
            check.check(type(of: sample), try JSONDecoder().decode(JSONValue.self, from: json))
        }
        #expect(check.problems == [])
        try await withOperations { operations in
            for type in OpenAPIDocument.types(of: operations).values where type is any Encodable.Type {
                let missing = SchemaCheck.fields(of: type).subtracting(check.fields)
                #expect(missing.isEmpty, "No sample has these fields.")
            }
        }
    }

    /// So that a new property has to be in the sample, and with it in the schema.
    @Test("no property of a sample is nil")
    func completeness() throws {
        func check(_ value: Any, _ path: String) {
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional { #expect(!mirror.children.isEmpty, "\(path) is nil.") }
            for child in mirror.children { check(child.value, "\(path).\(child.label ?? "")") }
        }
        for sample in try WireSample.all() { check(sample, "\(type(of: sample))") }
    }
}
