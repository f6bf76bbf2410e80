package import Definitions
import Tensors

/// The inputs and outputs that the elements of a metric name.
package struct TensorLayout: Sendable {
    package let inputs: [TensorSpec]
    package let outputs: [TensorSpec]
    /// Fields of a request that are not inputs.
    package let keys: Set<String>

    package init(inputs: [TensorSpec], outputs: [TensorSpec], keys: [String]) {
        self.inputs = inputs
        self.outputs = outputs
        self.keys = Set(keys)
    }

    /// Returns the type of an element of a metric.
    package func kind(of element: Expression.Element) throws(RoostError) -> Expression.Kind {
        let spec: TensorSpec
        switch element.source {
        case .label: return .unknown
        case .input(let name):
            let known = inputs.contains { $0.name == name || $0.featureNames?.contains(name) == true }
            // Rows as objects may have features that the signature does not name.
            guard known || inputs.count == 1 else {
                let names = inputs.map(\.name).joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "Unknown input '\(name.prefix(80))'. The pipeline has: \(names).",
                    field: "metric"
                )
            }
            return .unknown
        case .inputs: spec = try self.spec(element, inputs)
        case .outputs:
            throw RoostError(
                .invalidInput,
                "'\(element)' is the output of one model. Use 'outputs', which are those of the model that answered.",
                field: "metric"
            )
        case .answer: spec = try self.spec(element, outputs)
        }
        return switch spec.dataType {
        case .bytes: .text
        case .bool: .truth
        default: .number
        }
    }

    private func spec(_ element: Expression.Element, _ specs: [TensorSpec]) throws(RoostError) -> TensorSpec {
        guard element.tensor < specs.count else {
            throw RoostError(
                .invalidInput,
                "'\(element)' does not exist: there are \(specs.count), counted from 0.",
                field: "metric"
            )
        }
        let spec = specs[element.tensor]
        for (index, length) in zip(element.indices, spec.shape.dropFirst()) where length >= 0 && index >= length {
            throw RoostError(
                .invalidInput,
                "'\(element)' does not exist: \(spec) has \(length) elements there, counted from 0.",
                field: "metric"
            )
        }
        return spec
    }
}
