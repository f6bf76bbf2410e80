public import Tensors

/// The named inputs and outputs of a model.
public struct Signature: Sendable, Hashable, Codable {
    /// What a model takes, in its order.
    public var inputs: [TensorSpec]
    /// What a model answers, in its order.
    public var outputs: [TensorSpec]

    /// One made of these parts.
    public init(inputs: [TensorSpec], outputs: [TensorSpec]) {
        self.inputs = inputs
        self.outputs = outputs
    }

    /// What differs where a model that was loaded has the signature `loaded` and this is its record; `nil` where they agree.
    ///
    /// Shapes of outputs are a runtime's guess, which another version of it may make better.
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
                return "it has one more \(side), '\(more.name)'"
            }
            guard loaded.map(\.name) == recorded.map(\.name) else {
                return "its \(side)s come in another order: \(loaded.map(\.name).joined(separator: ", "))"
            }
        }
        return nil
    }
}

/// One named input or output: its data type and its shape, -1 for a free dimension.
public struct TensorSpec: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Its name.
    public var name: String
    /// The type of the elements.
    public var dataType: DataType
    /// The length of each dimension, -1 where it is free.
    public var shape: [Int]
    /// What the columns of `[rows, columns]` are called, in their order; `nil` where the model does not say.
    public var featureNames: [String]?
    /// Even the number of dimensions is free; ``shape`` is empty then.
    public var hasAnyRank = false

    private enum CodingKeys: String, CodingKey {
        case name, shape
        case dataType = "datatype"
        case featureNames = "feature_names"
        case hasAnyRank = "any_rank"
    }

    /// One made of these parts.
    public init(name: String, dataType: DataType, shape: [Int], featureNames: [String]? = nil) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
        self.featureNames = featureNames
    }

    /// Reads the form that `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        dataType = try container.decode(DataType.self, forKey: .dataType)
        shape = try container.decode([Int].self, forKey: .shape)
        featureNames = try container.decodeIfPresent([String].self, forKey: .featureNames)
        hasAnyRank = try container.decodeIfPresent(Bool.self, forKey: .hasAnyRank) ?? false
    }

    /// Writes the form that `init(from:)` reads.
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

    /// Whether a tensor of `actual` shape may be given: the same rank, each fixed dimension the same.
    public func accepts(shape actual: [Int]) -> Bool {
        hasAnyRank || actual.count == shape.count && zip(shape, actual).allSatisfy { $0 == -1 || $0 == $1 || $1 == -1 }
    }
}

extension [TensorSpec] {
    /// What a request is told that brings other inputs than these.
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
