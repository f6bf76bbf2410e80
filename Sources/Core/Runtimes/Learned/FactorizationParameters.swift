import Foundation

/// The parameters of a trained `factorization-machines` model.
///
/// score = bias + Σᵢ weightᵢ xᵢ + Σᵢ<ⱼ ⟨factorsᵢ, factorsⱼ⟩ xᵢ xⱼ
///
/// - Source: Rendle, *Factorization Machines*, 2010.
package struct FactorizationParameters: LearnedParameters {
    package enum Predictor: String, Codable, Sendable {
        case regressor
        case binaryClassifier = "binary_classifier"
    }

    package var predictor: Predictor
    package var featureCount: Int
    package var factorCount: Int
    package var bias: Float
    /// One per feature.
    package var weights: [Float]
    /// Shape `[features, factors]`.
    package var factors: [Float]

    private enum CodingKeys: String, CodingKey {
        case bias, weights, factors
        case predictor = "predictor_type"
        case featureCount = "feature_dim"
        case factorCount = "num_factors"
    }

    package init(
        predictor: Predictor,
        featureCount: Int,
        factorCount: Int,
        bias: Float,
        weights: [Float],
        factors: [Float]
    ) {
        self.predictor = predictor
        self.featureCount = featureCount
        self.factorCount = factorCount
        self.bias = bias
        self.weights = weights
        self.factors = factors
    }

    package var outputs: [(name: String, width: Int)] {
        predictor == .regressor ? [("score", 1)] : [("score", 1), ("predicted_label", 1)]
    }

    package var defect: String? {
        let (count, overflow) = featureCount.multipliedReportingOverflow(by: factorCount)
        return featureCount > 0 && factorCount > 0 && !overflow && weights.count == featureCount
            && factors.count == count
            ? nil : "weights and factors do not match feature_dim and num_factors"
    }

    package func evaluate(_ row: UnsafePointer<Float>, _ results: [UnsafeMutablePointer<Float>]) {
        var score = bias
        for column in 0..<featureCount { score += weights[column] * row[column] }
        // Σᵢ<ⱼ is half of (Σ)² − Σ² for each factor: linear in the number of features.
        for factor in 0..<factorCount {
            var sum: Float = 0
            var squares: Float = 0
            for column in 0..<featureCount where row[column] != 0 {
                let product = factors[column * factorCount + factor] * row[column]
                sum += product
                squares += product * product
            }
            score += (sum * sum - squares) / 2
        }
        guard predictor == .binaryClassifier else {
            results[0].pointee = score
            return
        }
        let probability = 1 / (1 + exp(-score))
        results[0].pointee = probability
        results[1].pointee = probability >= 0.5 ? 1 : 0
    }
}
