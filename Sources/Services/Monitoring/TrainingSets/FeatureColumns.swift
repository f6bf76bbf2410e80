import Definitions
import InferenceLog
import Pipelines
import Tensors

/// The features of a pipeline's requests, one column each, in the order of the signature.
struct FeatureColumns: Sendable {
    /// More columns than this are not read from the log.
    static let limit = 8192

    struct Feature: Sendable {
        let name: String
        let isText: Bool
        fileprivate let input: Int
        fileprivate let place: Int
    }

    let features: [Feature]
    private let layout: TensorLayout

    /// - Throws: ``RoostError`` if the rows of an input do not have a fixed number of values.
    init(_ layout: TensorLayout) throws(RoostError) {
        self.layout = layout
        var features: [Feature] = []
        for (index, spec) in layout.inputs.enumerated() {
            let count = try Self.width(of: spec)
            guard features.count + count <= Self.limit else {
                throw RoostError(
                    .invalidInput,
                    "The inputs of the pipeline have more than \(Self.limit) values a row, which no training set can have.",
                    field: "pipeline"
                )
            }
            for place in 0..<count {
                let name = spec.featureNames.flatMap { place < $0.count ? $0[place] : nil }
                features.append(
                    Feature(
                        name: name ?? (count == 1 ? spec.name : "\(spec.name)[\(place)]"),
                        isText: spec.dataType == .bytes,
                        input: index,
                        place: place
                    )
                )
            }
        }
        self.features = features
    }

    private static func width(of spec: TensorSpec) throws(RoostError) -> Int {
        func variable() -> RoostError {
            RoostError(
                .invalidInput,
                "The rows of input '\(spec.name)' may have any number of values, so they are not columns of a table.",
                field: "pipeline"
            )
        }
        guard !spec.hasAnyRank else { throw variable() }
        var count = 1
        for length in spec.shape.dropFirst() {
            guard length > 0, count <= limit / length else {
                guard length < 0 else { return limit + 1 }
                throw variable()
            }
            count *= length
        }
        return count
    }

    /// Returns the log's columns of each feature. A row has its value in at most one of them.
    func columns(in batch: LogBatch) -> [[LogValueColumn]] {
        features.map { feature in
            let element = Expression.Element(source: .inputs, tensor: feature.input, indices: [feature.place])
            return layout.columns(of: element, in: batch)
        }
    }

    /// Returns the setting of a pipeline's version that keeps a feature out of the log, as a clause; `nil` if none does.
    func omission(by settings: LogSettings?) -> String? {
        guard let settings else { return nil }
        for (name, listed) in [("log.omit", settings.omit), ("log.mask", settings.mask)] {
            for feature in features {
                let input = layout.inputs[feature.input].name
                guard let found = listed.first(where: { $0 == feature.name || $0 == input }) else { continue }
                return "'\(name)' of the pipeline lists '\(found)'"
            }
        }
        return nil
    }
}
