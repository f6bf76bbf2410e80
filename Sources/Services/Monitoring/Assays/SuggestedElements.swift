import Definitions
import Foundation
import InferenceLog
import Pipelines
import Tensors

/// The inputs and outputs of a pipeline that can be watched one by one.
struct SuggestedElements {
    /// A row with more numbers than this is an image or an embedding, whose numbers say little one by one.
    private static let widthLimit = 50

    private(set) var metrics: [String] = []
    private(set) var notes: [String] = []

    init(_ layout: TensorLayout, _ batches: [LogBatch]) {
        for spec in layout.inputs { addInput(spec) }
        addFeatures(layout, batches)
        for (index, spec) in layout.outputs.enumerated() { addOutput(spec, index) }
    }

    private mutating func addInput(_ spec: TensorSpec) {
        guard let width = Self.width(spec) else {
            notes.append("Input '\(spec.name)' has rows of any length, so its elements are not suggested.")
            return
        }
        guard width <= Self.widthLimit else {
            notes.append("Input '\(spec.name)' has \(width) numbers per row, which are not suggested one by one.")
            return
        }
        if let features = spec.featureNames, features.count == width {
            for feature in features { add("inputs.\(feature)") }
        } else if width == 1 {
            add("inputs.\(spec.name)")
        } else {
            for index in 0..<width { add("inputs.\(spec.name)[\(index)]") }
        }
    }

    /// Rows as objects have features that the signature may not name.
    private mutating func addFeatures(_ layout: TensorLayout, _ batches: [LogBatch]) {
        for batch in batches {
            for column in batch.valueColumns {
                guard case .input = column.name.source, case .feature(let name) = column.name.place,
                    metrics.count < Self.widthLimit * 2
                else { continue }
                add("inputs.\(name)")
            }
        }
    }

    private mutating func addOutput(_ spec: TensorSpec, _ index: Int) {
        guard let width = Self.width(spec), width <= Self.widthLimit else {
            notes.append("Output '\(spec.name)' has too many numbers per row to be watched one by one.")
            return
        }
        if width == 1 {
            add("outputs[\(index)]" + String(repeating: "[0]", count: max(1, spec.shape.count - 1)))
        } else if spec.shape.count == 2 {
            for element in 0..<width { add("outputs[\(index)][\(element)]") }
        } else {
            notes.append("Output '\(spec.name)' has rows with several dimensions, which are not suggested.")
        }
    }

    /// Adds a metric if it can be written in the language of metrics.
    private mutating func add(_ metric: String) {
        guard !metrics.contains(metric), (try? Definitions.Expression(parsing: metric, for: .metric)) != nil else {
            return
        }
        metrics.append(metric)
    }

    /// The numbers of a row; `nil` if that differs.
    private static func width(_ spec: TensorSpec) -> Int? {
        var width = 1
        for length in spec.shape.dropFirst() {
            guard length > 0, let product = width.times(length) else { return nil }
            width = product
        }
        return width
    }
}
