import Definitions
import Tensors

/// Which of the tensors at hand goes to which input of a model.
package struct InputMapping: Sendable, Equatable {
    /// For each input of the model, the index of the tensor that it gets.
    let indices: [Int]
    let inputs: [TensorSpec]
    /// For each input of the model, where its columns are in the tensor that it gets; `nil` where they are in its order, or where
    /// one of the two does not say what its columns are called.
    private let columns: [[Int]?]
    /// Nothing to do: the tensors at hand are the inputs.
    private let isIdentity: Bool

    /// By name where every input finds its name, else by position where the counts agree.
    ///
    /// - Parameter source: What `available` is, for the message: `"the pipeline's inputs"`.
    init(from available: [TensorSpec], of source: String, to version: ModelVersion) throws(RoostError) {
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
                "Model '\(version.model)' takes \(input), but \(source) have \(available[index]) there.",
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

    /// Where the columns of an input are among those of a tensor.
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
                "Model '\(model)' has other columns than \(source): it needs \(missing), and does not know \(unknown).",
                field: "steps"
            )
        }
        return columns
    }

    private static func list(_ specs: [TensorSpec]) -> String {
        specs.isEmpty ? "nothing" : specs.map(\.description).joined(separator: ", ")
    }

    /// Whether tensors of `given` can be such of `wanted`: numbers convert, and free dimensions may turn out to agree.
    static func fits(_ given: TensorSpec, _ wanted: TensorSpec) -> Bool {
        let isConvertible =
            given.dataType == wanted.dataType
            || ![given.dataType, wanted.dataType].contains { $0 == .bytes || $0 == .bool }
        return isConvertible && (given.hasAnyRank || wanted.accepts(shape: given.shape))
    }

    /// The model's inputs out of `tensors`.
    func apply(_ tensors: [Tensor], model: String) throws(RoostError) -> [Tensor] {
        // A model may answer other shapes than it says.
        if isIdentity, zip(tensors, inputs).allSatisfy({ $1.accepts(shape: $0.shape) }) { return tensors }
        var mapped: [Tensor] = []
        mapped.reserveCapacity(indices.count)
        for (position, (input, index)) in zip(inputs, indices).enumerated() {
            let tensor = tensors[index]
            guard input.accepts(shape: tensor.shape) else {
                throw RoostError(
                    .invalidInput,
                    "Input '\(input.name)' of model '\(model)' must have shape \(input.shape), but \(tensor.shape) came.",
                    field: input.name
                )
            }
            guard let converted = tensor.converted(to: input.dataType) else {
                throw RoostError(
                    .invalidInput,
                    "Input '\(input.name)' of model '\(model)' is \(input.dataType.rawValue), "
                        + "and a \(tensor.dataType.rawValue) value that came cannot be turned into one.",
                    field: input.name
                )
            }
            mapped.append(columns[position].map { converted.choosing(columns: $0) } ?? converted)
        }
        return mapped
    }
}
