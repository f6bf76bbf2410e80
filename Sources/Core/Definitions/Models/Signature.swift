public import Tensors

/// The named inputs and outputs of a model.
public struct Signature: Sendable, Hashable, Codable {
    /// The inputs, in the model's order.
    public var inputs: [TensorSpec]
    /// The outputs, in the model's order.
    public var outputs: [TensorSpec]

    public init(inputs: [TensorSpec], outputs: [TensorSpec]) {
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Describes how a loaded model's signature differs from this recorded one; `nil` if they agree.
    ///
    /// The shapes of outputs may differ: a runtime guesses them, and another version of it may guess better.
    package func difference(from loaded: Signature) -> String? {
        let sides = [("input", inputs, loaded.inputs), ("output", outputs, loaded.outputs)]
        for (side, recorded, loaded) in sides {
            for spec in recorded {
                guard let found = loaded.first(where: { $0.name == spec.name }) else {
                    return "it has no \(side) '\(spec.name)'"
                }
                let isSame =
                    found.dataType == spec.dataType
                    && (side == "output" || found.shape == spec.shape && found.hasAnyRank == spec.hasAnyRank)
                guard isSame else { return "its \(side) is \(found), not \(spec)" }
            }
            if let more = loaded.first(where: { spec in !recorded.contains { $0.name == spec.name } }) {
                return "it has an additional \(side) '\(more.name)'"
            }
            guard loaded.map(\.name) == recorded.map(\.name) else {
                return "its \(side)s are in a different order: \(loaded.map(\.name).joined(separator: ", "))"
            }
        }
        return nil
    }
}

/// The name, data type and shape of an input or output.
public struct TensorSpec: Sendable, Hashable, Codable, CustomStringConvertible {
    public var name: String
    public var dataType: DataType
    /// The length of each dimension; -1 if it is dynamic.
    public var shape: [Int]
    /// The names of the columns of `[rows, columns]`, in order; `nil` if the model does not define them.
    public var featureNames: [String]?
    /// Whether even the number of dimensions is dynamic. If so, ``shape`` is empty.
    public var hasAnyRank = false

    private enum CodingKeys: String, CodingKey {
        case name, shape
        case dataType = "datatype"
        case featureNames = "feature_names"
        case hasAnyRank = "any_rank"
    }

    public init(name: String, dataType: DataType, shape: [Int], featureNames: [String]? = nil) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
        self.featureNames = featureNames
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        dataType = try container.decode(DataType.self, forKey: .dataType)
        shape = try container.decode([Int].self, forKey: .shape)
        featureNames = try container.decodeIfPresent([String].self, forKey: .featureNames)
        hasAnyRank = try container.decodeIfPresent(Bool.self, forKey: .hasAnyRank) ?? false
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(dataType, forKey: .dataType)
        try container.encode(shape, forKey: .shape)
        try container.encodeIfPresent(featureNames, forKey: .featureNames)
        if hasAnyRank { try container.encode(true, forKey: .hasAnyRank) }
    }

    /// `dense_input FP32 [-1, 29]`
    public var description: String { "\(name) \(dataType.rawValue) \(hasAnyRank ? "of any shape" : "\(shape)")" }

    /// `'x' (FP32 [-1, 2])`
    fileprivate var quoted: String { "'\(name)' (\(dataType.rawValue) \(hasAnyRank ? "of any shape" : "\(shape)"))" }

    /// Returns whether a tensor of shape `actual` is accepted: it must have the same rank and fixed dimensions.
    public func accepts(shape actual: [Int]) -> Bool {
        hasAnyRank || actual.count == shape.count && zip(shape, actual).allSatisfy { $0 == -1 || $0 == $1 || $1 == -1 }
    }
}

extension [TensorSpec] {
    /// Returns the error for a request whose inputs do not match these.
    package func mismatch(unknown: [String], missing: [TensorSpec]) -> RoostError {
        func list(_ names: some Sequence<String>) -> String { names.joined(separator: ", ") }
        let absent =
            missing.count == 1
            ? "the input \(missing[0].quoted) is missing" : "the inputs \(list(missing.map(\.quoted))) are missing"
        guard let first = unknown.first else {
            return RoostError(
                .invalidInput,
                "\(absent.prefix(1).uppercased())\(absent.dropFirst()).",
                field: missing.first?.name
            )
        }
        let strangers = list(unknown.prefix(20).map { "'\($0.prefix(80))'" })
        return RoostError(
            .invalidInput,
            "There is no input \(strangers); the model takes \(list(map { "'\($0.name)'" }))"
                + "\(missing.isEmpty ? "" : ", and \(absent)").",
            field: first
        )
    }
}
