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

    private enum CodingKeys: String, CodingKey {
        case name, shape
        case dataType = "datatype"
        case featureNames = "feature_names"
    }

    /// One made of these parts.
    public init(name: String, dataType: DataType, shape: [Int], featureNames: [String]? = nil) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
        self.featureNames = featureNames
    }

    /// `dense_input FP32 [-1, 29]`
    public var description: String { "\(name) \(dataType.rawValue) \(shape)" }

    /// `'x' (FP32 [-1, 2])`
    fileprivate var quoted: String { "'\(name)' (\(dataType.rawValue) \(shape))" }

    /// Whether a tensor of `actual` shape may be given: the same rank, each fixed dimension the same.
    public func accepts(shape actual: [Int]) -> Bool {
        actual.count == shape.count && zip(shape, actual).allSatisfy { $0 == -1 || $0 == $1 || $1 == -1 }
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
