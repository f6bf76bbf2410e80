package import Definitions
import Tensors

/// A validation whose expression was checked against the signatures of the pipeline's models.
package struct CompiledValidation: Sendable {
    package let name: String
    let expression: Expression
    /// The expression in canonical form, which check failures show.
    package let text: String
    /// The models whose outputs the expression uses.
    let models: Set<String>

    package init(_ validation: Validation, inputs: [TensorSpec], models: [ModelVersion]) throws(RoostError) {
        guard !validation.name.isEmpty, validation.name.utf8.count <= 256 else {
            throw RoostError(.invalidInput, "A validation must have a name of 1 to 256 bytes.", field: "validations")
        }
        name = validation.name
        expression = try Expression(parsing: validation.expression)
        text = expression.description
        self.models = expression.models
        try expression.kinds { element throws(RoostError) in
            try Self.kind(of: element, inputs: inputs, models: models)
        }
    }

    private static func kind(
        of element: Expression.Element,
        inputs: [TensorSpec],
        models: [ModelVersion]
    ) throws(RoostError) -> Expression.Kind {
        switch element.source {
        case .input, .answer, .label:
            throw RoostError(.invalidInput, "'\(element)' cannot be used in a validation.", field: "expression")
        case .inputs: return try kind(of: element, in: inputs)
        case .outputs(let model):
            // A pipeline may have two versions of a model, as champion and challenger. The element must exist in both.
            let versions = models.filter { $0.model == model }
            guard let first = versions.first else {
                let known = Set(models.map(\.model)).sorted().joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "The validation expression uses model '\(model)', which is not in the pipeline. The pipeline has: "
                        + "\(known).",
                    field: "expression"
                )
            }
            let kind = try kind(of: element, in: first.signature.outputs)
            for other in versions.dropFirst() {
                guard try Self.kind(of: element, in: other.signature.outputs) == kind else {
                    throw RoostError(
                        .invalidInput,
                        "'\(element)' does not have the same type in all versions of the model.",
                        field: "expression"
                    )
                }
            }
            return kind
        }
    }

    private static func kind(
        of element: Expression.Element,
        in specs: [TensorSpec]
    ) throws(RoostError) -> Expression.Kind {
        guard element.tensor < specs.count else {
            throw RoostError(
                .invalidInput,
                "'\(element)' does not exist: there are \(specs.count), counted from 0.",
                field: "expression"
            )
        }
        let spec = specs[element.tensor]
        // A tensor with one dimension has one value per row, and the [0] is optional.
        let row = spec.shape.count == 1 && element.indices.count == 1 ? [1] : Array(spec.shape.dropFirst())
        guard spec.hasAnyRank || element.indices.count == row.count else {
            throw RoostError(
                .invalidInput,
                "'\(element)' needs \(row.count) indices after the first, one for each dimension of a row of \(spec).",
                field: "expression"
            )
        }
        for (index, length) in zip(element.indices, row) where !spec.hasAnyRank && length >= 0 && index >= length {
            throw RoostError(
                .invalidInput,
                "'\(element)' does not exist: \(spec) has \(length) elements there, counted from 0.",
                field: "expression"
            )
        }
        return switch spec.dataType {
        case .bytes: .text
        case .bool: .truth
        default: .number
        }
    }

    // MARK: Evaluation

    /// The result of a validation.
    enum Verdict: Equatable {
        case holds
        case fails(rows: [Int])
        case undecided(reason: String)
    }

    /// Evaluates the condition for every row.
    ///
    /// - Parameter tensor: Returns the tensor of an element.
    func evaluate(_ tensor: (Expression.Element) -> Tensor?) -> Verdict {
        var tensors: [Tensor?] = []
        tensors.reserveCapacity(expression.operations.count)
        var rows: Int?
        for operation in expression.operations {
            guard case .element(let element) = operation else {
                tensors.append(nil)
                continue
            }
            guard let found = tensor(element) else { return .undecided(reason: "\(element) was not computed") }
            if let rows, rows != found.rowCount {
                return .undecided(reason: "its tensors have different numbers of rows")
            }
            rows = found.rowCount
            tensors.append(found)
        }
        var failed: [Int] = []
        var stack: [Expression.Value] = []
        stack.reserveCapacity(8)
        for row in 0..<(rows ?? 1) {
            guard let holds = evaluate(row: row, tensors, &stack) else {
                return .undecided(reason: "an index is out of range")
            }
            if !holds { failed.append(row) }
        }
        return failed.isEmpty ? .holds : .fails(rows: failed)
    }

    private func evaluate(row: Int, _ tensors: [Tensor?], _ stack: inout [Expression.Value]) -> Bool? {
        let value = Expression.evaluate(expression.operations, &stack) { operation, element in
            guard let tensor = tensors[operation],
                let index = Self.index(of: element.indices, row: row, in: tensor.shape)
            else { return nil }
            return tensor.string(at: index).map { .text($0) } ?? .number(tensor.number(at: index) ?? .nan)
        }
        return value.map { $0.number != 0 }
    }

    /// Returns the flat index of an element; `nil` if it is out of range.
    private static func index(of indices: [Int], row: Int, in shape: [Int]) -> Int? {
        if shape.count <= 1, indices.isEmpty || indices == [0] { return row }
        guard indices.count == shape.count - 1 else { return nil }
        var flat = row
        for (index, length) in zip(indices, shape.dropFirst()) {
            guard index < length else { return nil }
            flat = flat * length + index
        }
        return flat
    }
}
