import Definitions
import Tensors
import Testing

@testable import roost

@Suite("The example of a deployed model's inputs")
struct ModelDeploymentTests {
    private func example(_ inputs: TensorSpec...) -> String? {
        ModelDeployment.example(of: Signature(inputs: inputs, outputs: []))
    }

    @Test("inputs of simple models are zeros of their shape")
    func simple() {
        #expect(example(TensorSpec(name: "x", dataType: .fp32, shape: [-1, 3])) == #"'{"x": [[0, 0, 0]]}'"#)
        #expect(
            example(
                TensorSpec(name: "a", dataType: .int64, shape: [-1]),
                TensorSpec(name: "b", dataType: .bool, shape: [2])
            ) == #"'{"a": [0], "b": [false, false]}'"#
        )
    }

    @Test("there is no example if it would be long, unknown or unsafe in a shell")
    func none() {
        var anyRank = TensorSpec(name: "x", dataType: .fp32, shape: [])
        anyRank.hasAnyRank = true
        #expect(example(anyRank) == nil)
        #expect(example(TensorSpec(name: "x", dataType: .bytes, shape: [-1])) == nil)
        #expect(example(TensorSpec(name: "x", dataType: .fp32, shape: [-1, 224, 224, 3])) == nil)
        #expect(example(TensorSpec(name: "x", dataType: .fp32, shape: [Int.max, Int.max])) == nil)
        #expect(example(TensorSpec(name: "x", dataType: .fp32, shape: [20, 20, 20])) == nil)
        #expect(example(TensorSpec(name: "'; rm", dataType: .fp32, shape: [1])) == nil)
        #expect(example(TensorSpec(name: "\"", dataType: .fp32, shape: [1])) == nil)
    }
}
