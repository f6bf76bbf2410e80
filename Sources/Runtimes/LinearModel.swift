package import Definitions
import Foundation
package import Tensors

/// What `linear-learner` learns: a weighted sum of the features for each output.
package struct LinearModel: AlgorithmModel {
    package enum Predictor: String, Codable, Sendable {
        case regressor
        case binaryClassifier = "binary_classifier"
        case multiclassClassifier = "multiclass_classifier"
    }

    package static let framework = Framework.linearLearner

    package var predictor: Predictor
    package var featureCount: Int
    /// Shape `[outputs, featureCount]`: one output, or one a class.
    package var weights: [Float]
    /// One an output.
    package var biases: [Float]
    /// Whether scores are probabilities; without them a class is told by the sign.
    package var isProbabilistic: Bool
    /// The score from which on a row is of class 1.
    package var threshold: Float

    private enum CodingKeys: String, CodingKey {
        case predictor = "predictor_type"
        case featureCount = "feature_dim"
        case weights, biases, threshold
        case isProbabilistic = "probabilities"
    }

    package init(
        predictor: Predictor,
        featureCount: Int,
        weights: [Float],
        biases: [Float],
        isProbabilistic: Bool,
        threshold: Float
    ) {
        self.predictor = predictor
        self.featureCount = featureCount
        self.weights = weights
        self.biases = biases
        self.isProbabilistic = isProbabilistic
        self.threshold = threshold
    }

    private var outputCount: Int { biases.count }

    package var flaw: String? {
        guard featureCount > 0, outputCount > 0, weights.count.isMultiple(of: outputCount),
            weights.count / outputCount == featureCount
        else { return "its weights do not fit its features" }
        return (predictor == .multiclassClassifier) == (outputCount > 1) ? nil : "its outputs do not fit its kind"
    }

    package var outputs: [TensorSpec] {
        let score = TensorSpec(name: "score", dataType: .fp32, shape: outputCount > 1 ? [-1, outputCount] : [-1])
        let label = TensorSpec(name: "predicted_label", dataType: .int64, shape: [-1])
        return predictor == .regressor ? [score] : [score, label]
    }

    package func predict(_ rows: UnsafeBufferPointer<Float>, count: Int) -> [Tensor] {
        var scores = [Float](repeating: 0, count: count * outputCount)
        var labels = [Int64](repeating: 0, count: count)
        for row in 0..<count {
            var sums = biases.map(Double.init)
            for output in sums.indices {
                for column in 0..<featureCount {
                    sums[output] +=
                        Double(weights[output * featureCount + column])
                        * Double(rows[row * featureCount + column])
                }
            }
            switch predictor {
            case .regressor: break
            case .binaryClassifier:
                if isProbabilistic { sums[0] = 1 / (1 + exp(-sums[0])) }
                labels[row] = Float(sums[0]) >= threshold ? 1 : 0
            case .multiclassClassifier:
                let highest = sums.max() ?? 0
                labels[row] = Int64(sums.firstIndex(of: highest) ?? 0)
                let powers = sums.map { exp($0 - highest) }
                let total = powers.reduce(0, +)
                sums = powers.map { $0 / total }
            }
            for output in sums.indices { scores[row * outputCount + output] = Float(sums[output]) }
        }
        let score = Tensor(.fp32, shape: outputCount > 1 ? [count, outputCount] : [count], elements: scores)
        return predictor == .regressor ? [score] : [score, Tensor(.int64, shape: [count], elements: labels)]
    }
}
