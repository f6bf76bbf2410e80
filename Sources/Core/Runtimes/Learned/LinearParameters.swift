import Foundation

/// The parameters of a trained `linear-learner` model: a weighted sum of the features for each output.
package struct LinearParameters: LearnedParameters {
    package enum Predictor: String, Codable, Sendable {
        case regressor
        case binaryClassifier = "binary_classifier"
        case multiclassClassifier = "multiclass_classifier"
    }

    package var predictor: Predictor
    package var featureCount: Int
    /// Shape `[outputs, features]`: one output, or one per class.
    package var weights: [Float]
    /// One per output.
    package var biases: [Float]
    /// Whether a binary score is a probability rather than the sum itself.
    package var isProbabilistic: Bool
    /// The lowest score of a row of class 1.
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

    package var outputs: [(name: String, width: Int)] {
        predictor == .regressor ? [("score", 1)] : [("score", biases.count), ("predicted_label", 1)]
    }

    package var defect: String? {
        guard featureCount > 0, !biases.isEmpty, weights.count.isMultiple(of: biases.count),
            weights.count / biases.count == featureCount
        else { return "the number of weights does not match feature_dim" }
        return (predictor == .multiclassClassifier) == (biases.count > 1)
            ? nil : "the number of biases does not match predictor_type"
    }

    package func evaluate(_ row: UnsafePointer<Float>, _ results: [UnsafeMutablePointer<Float>]) {
        let scores = results[0]
        weights.withUnsafeBufferPointer { weights in
            for output in biases.indices {
                var sum = Double(biases[output])
                for column in 0..<featureCount {
                    sum += Double(weights[output * featureCount + column]) * Double(row[column])
                }
                scores[output] = Float(isProbabilistic ? 1 / (1 + exp(-sum)) : sum)
            }
        }
        switch predictor {
        case .regressor: break
        case .binaryClassifier: results[1].pointee = scores[0] >= threshold ? 1 : 0
        case .multiclassClassifier:
            var best = 0
            for output in biases.indices where scores[output] > scores[best] { best = output }
            let highest = Double(scores[best])
            var total = 0.0
            for output in biases.indices { total += exp(Double(scores[output]) - highest) }
            for output in biases.indices { scores[output] = Float(exp(Double(scores[output]) - highest) / total) }
            results[1].pointee = Float(best)
        }
    }
}
