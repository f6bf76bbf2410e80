import Foundation
import Tensors
import Testing

@testable import Definitions

@Suite("Tensor specifications")
struct TensorSpecTests {
    @Test(
        "a dimension of -1 accepts any length, another only its own",
        arguments: [
            ([-1, 29], [1, 29], true), ([-1, 29], [1024, 29], true), ([-1, 29], [0, 29], true),
            ([-1, 29], [1, 28], false),
            ([-1, 29], [29], false), ([-1, 29], [1, 29, 1], false), ([], [], true), ([], [1], false), ([-1], [], false),
            ([2, -1], [2, 5], true), ([2, -1], [3, 5], false), ([2, 5], [2, -1], true),
        ] as [([Int], [Int], Bool)]
    )
    func accepts(shape: [Int], actual: [Int], isAccepted: Bool) {
        #expect(TensorSpec(name: "x", dataType: .fp32, shape: shape).accepts(shape: actual) == isAccepted)
    }

    @Test("a signature is written with the names of the Open Inference Protocol")
    func json() throws {
        let signature = Signature(
            inputs: [TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2])],
            outputs: [TensorSpec(name: "y", dataType: .bytes, shape: [-1])]
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(signature), as: UTF8.self)
        #expect(
            json == #"{"inputs":[{"datatype":"FP32","name":"x","shape":[-1,2]}],"#
                + #""outputs":[{"datatype":"BYTES","name":"y","shape":[-1]}]}"#
        )
        #expect(try JSONDecoder().decode(Signature.self, from: Data(json.utf8)) == signature)
    }
}
