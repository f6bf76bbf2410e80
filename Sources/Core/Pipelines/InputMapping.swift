package import Definitions
package import Tensors

/// Maps available tensors to the inputs of a model.
package struct InputMapping: Sendable, Equatable {
    /// The index of the tensor for each input of the model.
    let indices: [Int]
    let inputs: [TensorSpec]
    /// The positions of each input's columns in its tensor; `nil` if the order is the same, or if either does not name its
    /// columns.
    private let columns: [[Int]?]
    /// Whether the available tensors can be used as the inputs without changes.
    private let isIdentity: Bool

    /// Maps by name if all names are available, otherwise by position if the counts agree.
    ///
    /// - Parameter source: A description of `available`, for messages: `"the pipeline's inputs"`.
    package init(from available: [TensorSpec], of source: String, to version: ModelVersion) throws(RoostError) {
        inputs = version.signature.inputs
        let names = available.map(\.name)
        let byName = inputs.compactMap { names.firstIndex(of: $0.name) }
        if byName.count == inputs.count {
            indices = byName
        } else if available.count == inputs.count {
            indices = Array(inputs.indices)
        } else {
            throw RoostError(
                .invalidInput,
                "Model '\(version.model)' takes \(Self.list(inputs)), but \(source) are \(Self.list(available)).",
                field: "steps"
            )
        }
        for (input, index) in zip(inputs, indices) where !Self.fits(available[index], input) {
            throw RoostError(
                .invalidInput,
                "Model '\(version.model)' takes \(input), but \(source) have \(available[index]) in its place.",
                field: "steps"
            )
        }
        var columns: [[Int]?] = []
        for (input, index) in zip(inputs, indices) {
            columns.append(try Self.columns(of: input, in: available[index], of: source, version.model))
        }
        self.columns = columns
        isIdentity =
            indices == Array(available.indices) && columns.allSatisfy { $0 == nil }
            && zip(available, inputs).allSatisfy {
                $0.dataType == $1.dataType && $0.shape == $1.shape && $0.hasAnyRank == $1.hasAnyRank
            }
    }

    /// Returns the positions of an input's columns in a tensor.
    private static func columns(
        of input: TensorSpec,
        in given: TensorSpec,
        of source: String,
        _ model: String
    ) throws(RoostError) -> [Int]? {
        guard let wanted = input.featureNames, let names = given.featureNames, wanted != names else { return nil }
        let positions = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        let columns = wanted.compactMap { positions[$0] }
        guard columns.count == wanted.count, names.count == wanted.count else {
            let missing = wanted.filter { positions[$0] == nil }.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
            let unknown = Set(names).subtracting(wanted).sorted().prefix(20).map { "'\($0)'" }.joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "Model '\(model)' does not have the columns of \(source): missing \(missing); unknown \(unknown).",
                field: "steps"
            )
        }
        return columns
    }

    private static func list(_ specs: [TensorSpec]) -> String {
        specs.isEmpty ? "nothing" : specs.map(\.description).joined(separator: ", ")
    }

    /// Returns whether tensors of `given` may fit `wanted`: numbers can be converted, and dynamic dimensions may agree later.
    package static func fits(_ given: TensorSpec, _ wanted: TensorSpec) -> Bool {
        let isConvertible =
            given.dataType == wanted.dataType
            || ![given.dataType, wanted.dataType].contains { $0 == .bytes || $0 == .bool }
        return isConvertible && (given.hasAnyRank || wanted.accepts(shape: given.shape))
    }

    /// Returns the model's inputs from `tensors`.
    package func apply(_ tensors: [Tensor], model: String) throws(RoostError) -> [Tensor] {
        // A model's outputs may differ from its declared shapes.
        if isIdentity, zip(tensors, inputs).allSatisfy({ $1.accepts(shape: $0.shape) }) { return tensors }
        var mapped: [Tensor] = []
        mapped.reserveCapacity(indices.count)
        for (position, (input, index)) in zip(inputs, indices).enumerated() {
            let tensor = tensors[index]
            guard input.accepts(shape: tensor.shape) else {
                throw RoostError(
                    .invalidInput,
                    "Input '\(input.name)' of model '\(model)' must have shape \(input.shape), not \(tensor.shape).",
                    field: input.name
                )
            }
            guard let converted = tensor.converted(to: input.dataType) else {
                throw RoostError(
                    .invalidInput,
                    "Input '\(input.name)' of model '\(model)' is \(input.dataType.rawValue), "
                        + "but a given \(tensor.dataType.rawValue) value cannot be converted to it.",
                    field: input.name
                )
            }
            mapped.append(columns[position].map { converted.choosing(columns: $0) } ?? converted)
        }
        return mapped
    }
}
