import Foundation
import Testing

@testable import Definitions

@Suite("Model references")
struct ModelReferenceTests {
    @Test(
        "a reference is NAME or NAME@VERSION",
        arguments: [
            ("a", "a", nil), ("a-b.c_1", "a-b.c_1", nil), ("a@1", "a", "1"),
            (
                "ccfraud@6f1e1d6c-9d0b-4a83-9d9a-0f6f2a6c2d11", "ccfraud",
                "6f1e1d6c-9d0b-4a83-9d9a-0f6f2a6c2d11"
            ),
            ("a@b@c", "a", "b@c"),
        ] as [(String, String, String?)]
    )
    func parts(text: String, name: String, version: String?) throws {
        let reference = try JSONDecoder().decode([ModelReference].self, from: Data(#"["\#(text)"]"#.utf8))[0]
        #expect(reference == ModelReference(name: name, version: version))
        #expect(reference.description == text)
        #expect(String(decoding: try JSONEncoder().encode([reference]), as: UTF8.self) == #"["\#(text)"]"#)
    }

    @Test("a version's reference names exactly that version")
    func ofVersion() {
        let version = ModelVersion(
            id: "1",
            model: "a",
            workspace: "default",
            framework: .onnx,
            sha256: "",
            byteCount: 0,
            signature: Signature(inputs: [], outputs: []),
            tags: [],
            createdAt: Date(timeIntervalSince1970: 0)
        )
        #expect(version.reference.description == "a@1")
    }
}
