import Definitions
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

/// A signature comes from an uploaded artifact, so it is untrusted.
@Suite("Signatures with huge shapes")
struct HostileSignatureTests {
    /// Prepares a model with an input of this shape.
    private static func prepare(_ shape: [Int]) {
        let signature = Signature(
            inputs: [TensorSpec(name: "x", dataType: .fp32, shape: shape)],
            outputs: [TensorSpec(name: "y", dataType: .fp32, shape: [-1, 1])]
        )
        let version = ModelVersion.fake("m", signature)
        _ = PreparedModel(version: version, loaded: FakeModel(signature, answering: 0))
        _ = try? Shelf(version).plan(.named("m"))
    }

    @Test("a model whose input size overflows an integer does not crash the server")
    func overflow() async {
        await #expect(processExitsWith: .success) { Self.prepare([-1, 1 << 62, 4]) }
    }

    @Test("a model whose input is too large for the memory does not crash the server")
    func tooLarge() async {
        await #expect(processExitsWith: .success) { Self.prepare([-1, 1 << 45]) }
    }
}
