package import Definitions
import Foundation
package import Runtimes
import Synchronization
package import Tensors

/// A model whose outputs come from a closure.
package final class FakeModel: LoadedModel {
    package typealias Body = @Sendable ([Tensor], RunCancellation?) throws(RuntimeError) -> [Tensor]

    package let signature: Signature
    package let hasBoundedCost = true
    private let body: Body
    private let runs = Mutex<[[Tensor]]>([])

    package init(_ signature: Signature, _ body: @escaping Body) {
        self.signature = signature
        self.body = body
    }

    /// Creates a model that returns `value` for each row of its first input.
    package convenience init(_ signature: Signature, answering value: Float) {
        self.init(signature) { inputs, _ throws(RuntimeError) in
            let rows = inputs[0].rowCount
            return [Tensor(.fp32, shape: [rows, 1], elements: [Float](repeating: value, count: rows))]
        }
    }

    /// The inputs of every run so far.
    package var seen: [[Tensor]] { runs.withLock { $0 } }

    package func forgetRuns() { runs.withLock { $0 = [] } }

    package func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        runs.withLock { $0.append(inputs) }
        return try body(inputs, cancellation)
    }
}

extension Signature {
    /// Returns a signature with one FP32 input `[-1, width]` and one FP32 output `[-1, 1]`.
    package static func floats(_ width: Int, input: String = "tensor", output: String = "score") -> Signature {
        Signature(
            inputs: [TensorSpec(name: input, dataType: .fp32, shape: [-1, width])],
            outputs: [TensorSpec(name: output, dataType: .fp32, shape: [-1, 1])]
        )
    }
}

extension ModelVersion {
    /// Returns a version like that of an upload, with a unique ID.
    package static func fake(_ model: String, _ signature: Signature, id: String? = nil) -> ModelVersion {
        let id = id ?? UUID().uuidString.lowercased()
        // Each version has bytes of its own.
        let digest = id.utf8.map { String($0, radix: 16) }.joined().prefix(64)
        return ModelVersion(
            id: id,
            model: model,
            workspace: Workspace.defaultName,
            framework: .onnx,
            sha256: digest + String(repeating: "0", count: 64 - digest.count),
            byteCount: 1,
            signature: signature,
            tags: [],
            createdAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
    }
}
