import Definitions
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

/// A signature comes out of an artifact that somebody uploaded.
@Suite("Signatures of absurd sizes")
struct HostileSignatureTests {
    /// Its input cannot be allocated, or has more elements than an integer holds.
    private static func prepare(_ shape: [Int]) {
        let signature = Signature(
            inputs: [TensorSpec(name: "x", dataType: .fp32, shape: shape)],
            outputs: [TensorSpec(name: "y", dataType: .fp32, shape: [-1, 1])]
        )
        let version = ModelVersion.fake("m", signature)
        _ = PreparedModel(version: version, loaded: FakeModel(signature, answering: 0))
        _ = try? Shelf(version).plan(.named("m"))
    }

    @Test("a model whose input has more elements than an integer holds does not end the server")
    func overflow() async {
        await #expect(processExitsWith: .success) { Self.prepare([-1, 1 << 62, 4]) }
    }

    @Test("a model whose input is too large for the memory does not end the server")
    func tooLarge() async {
        await #expect(processExitsWith: .success) { Self.prepare([-1, 1 << 45]) }
    }
}
