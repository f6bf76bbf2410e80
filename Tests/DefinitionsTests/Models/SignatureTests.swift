import Foundation
import Tensors
import Testing

@testable import Definitions

@Suite("Tensor specifications")
struct TensorSpecTests {
    @Test(
        "a dynamic dimension accepts any length, a fixed one only its own",
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

    @Test("a specification of any rank accepts every shape, and is marked in JSON")
    func anyRank() throws {
        var spec = TensorSpec(name: "x", dataType: .fp32, shape: [])
        spec.hasAnyRank = true
        for shape in [[], [1], [2, 3, 4], [0]] as [[Int]] { #expect(spec.accepts(shape: shape)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(spec), as: UTF8.self)
        #expect(json == #"{"any_rank":true,"datatype":"FP32","name":"x","shape":[]}"#)
        #expect(try JSONDecoder().decode(TensorSpec.self, from: Data(json.utf8)) == spec)
    }

    @Test("a loaded signature is compared with its record by name")
    func difference() {
        func spec(_ name: String, _ type: DataType = .fp32, _ shape: [Int] = [-1, 2]) -> TensorSpec {
            TensorSpec(name: name, dataType: type, shape: shape)
        }
        let record = Signature(inputs: [spec("x")], outputs: [spec("a"), spec("b", .int32)])
        func difference(_ inputs: [TensorSpec], _ outputs: [TensorSpec]) -> String? {
            record.difference(from: Signature(inputs: inputs, outputs: outputs))
        }
        #expect(difference(record.inputs, record.outputs) == nil)
        // A different shape of an output is allowed, because runtimes guess it.
        #expect(difference(record.inputs, [spec("a", .fp32, [-1, -1]), spec("b", .int32)]) == nil)
        #expect(difference([spec("y")], record.outputs)?.contains("no input 'x'") == true)
        #expect(difference([spec("x"), spec("y")], record.outputs)?.contains("additional input 'y'") == true)
        #expect(difference([spec("x", .fp64)], record.outputs)?.contains("FP64") == true)
        #expect(difference([spec("x", .fp32, [-1, 3])], record.outputs)?.contains("[-1, 3]") == true)
        #expect(difference(record.inputs, [spec("b", .int32), spec("a")])?.contains("different order") == true)
    }

    @Test("a signature is encoded with the names of the Open Inference Protocol")
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
