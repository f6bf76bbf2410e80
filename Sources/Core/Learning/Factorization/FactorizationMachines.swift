import Foundation
package import Runtimes

/// Trains a factorization machine with Adam on mini-batches, as SageMaker's algorithm does.
///
/// - Source: Rendle, *Factorization Machines*, 2010; Kingma and Ba, *Adam*, 2015. The defaults are from
///   https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-hyperparameters.html.
package struct FactorizationMachines {
    /// The initial values of a group of parameters.
    package enum Start: Sendable {
        /// A normal distribution with mean 0 and this standard deviation.
        case normal(Double)
        /// A uniform distribution from minus to plus this value.
        case uniform(Double)
        case constant(Double)
    }

    /// The settings of one group of parameters.
    package struct Group: Sendable {
        package var learningRate: Double
        package var weightDecay: Double
        package var start: Start
    }

    /// The nonzero entries of rows.
    package struct Rows: Sendable {
        /// The index of each row's first entry, and the end of the last row.
        package var starts: [Int] = [0]
        package var columns: [Int] = []
        package var values: [Float] = []
        package var labels: [Float] = []

        package init() {}
        package var count: Int { labels.count }
    }

    package var predictor: FactorizationParameters.Predictor
    package var factorCount: Int
    package var epochCount = 1
    package var batchSize = 1000
    package var bias = Group(learningRate: 0.1, weightDecay: 0.01, start: .normal(0.01))
    package var linear = Group(learningRate: 0.001, weightDecay: 0.001, start: .normal(0.01))
    package var factors = Group(learningRate: 0.0001, weightDecay: 0.00001, start: .normal(0.001))
    package var clipping: Double?
    package var seed: UInt64 = 0

    package init(predictor: FactorizationParameters.Predictor, factorCount: Int) {
        self.predictor = predictor
        self.factorCount = factorCount
    }

    /// Adam's moments for a list of parameters.
    private struct Adam {
        var mean: [Double]
        var square: [Double]

        init(_ count: Int) {
            mean = [Double](repeating: 0, count: count)
            square = mean
        }

        mutating func step(_ index: Int, _ gradient: Double, rate: Double) -> Double {
            mean[index] = 0.9 * mean[index] + 0.1 * gradient
            square[index] = 0.999 * square[index] + 0.001 * gradient * gradient
            return rate * mean[index] / (square[index].squareRoot() + 1e-8)
        }
    }

    /// - Parameter report: Called after each epoch with the model so far. Training ends if it returns `false`.
    package func fit(
        _ rows: Rows,
        columnCount: Int,
        report: (_ epoch: Int, FactorizationParameters) -> Bool
    ) -> FactorizationParameters {
        var generator = SplitMix(seed: seed)
        func start(_ count: Int, _ group: Group) -> [Float] {
            (0..<count).map { _ in
                switch group.start {
                case .normal(let sigma): Float(generator.normal() * sigma)
                case .uniform(let scale): Float(Double.random(in: -scale...scale, using: &generator))
                case .constant(let value): Float(value)
                }
            }
        }
        var model = FactorizationParameters(
            predictor: predictor,
            featureCount: columnCount,
            factorCount: factorCount,
            bias: start(1, bias)[0],
            weights: start(columnCount, linear),
            factors: start(columnCount * factorCount, factors)
        )
        var moments = (bias: Adam(1), weights: Adam(columnCount), factors: Adam(columnCount * factorCount))
        var gradients = (
            bias: 0.0, weights: [Double](repeating: 0, count: columnCount),
            factors: [Double](repeating: 0, count: columnCount * factorCount)
        )
        var order = Array(0..<rows.count)
        var steps = 0.0
        for epoch in 0..<epochCount {
            order.shuffle(using: &generator)
            for batch in stride(from: 0, to: order.count, by: batchSize) {
                let members = order[batch..<min(batch + batchSize, order.count)]
                gradients.bias = 0
                for index in gradients.weights.indices { gradients.weights[index] = 0 }
                for index in gradients.factors.indices { gradients.factors[index] = 0 }
                for row in members { add(row, of: rows, model, &gradients, share: 1 / Double(members.count)) }
                steps += 1
                let correction = (1 - pow(0.999, steps)).squareRoot() / (1 - pow(0.9, steps))
                func moved(_ value: Float, _ gradient: Double, _ group: Group, _ adam: inout Adam, _ index: Int)
                    -> Float
                {
                    var gradient = gradient + group.weightDecay * Double(value)
                    if let clipping { gradient = min(max(gradient, -clipping), clipping) }
                    return value - Float(adam.step(index, gradient, rate: group.learningRate * correction))
                }
                model.bias = moved(model.bias, gradients.bias, bias, &moments.bias, 0)
                for index in model.weights.indices {
                    model.weights[index] =
                        moved(model.weights[index], gradients.weights[index], linear, &moments.weights, index)
                }
                for index in model.factors.indices {
                    model.factors[index] =
                        moved(model.factors[index], gradients.factors[index], factors, &moments.factors, index)
                }
            }
            guard report(epoch, model) else { break }
        }
        return model
    }

    /// Adds a row's share of the gradient of the loss, which is half the squared error or the cross-entropy.
    private func add(
        _ row: Int,
        of rows: Rows,
        _ model: FactorizationParameters,
        _ gradients: inout (bias: Double, weights: [Double], factors: [Double]),
        share: Double
    ) {
        let entries = rows.starts[row]..<rows.starts[row + 1]
        var sums = [Double](repeating: 0, count: factorCount)
        let score = Self.score(rows, entries, model, &sums)
        let prediction = predictor == .regressor ? score : 1 / (1 + exp(-score))
        let error = (prediction - Double(rows.labels[row])) * share
        gradients.bias += error
        for entry in entries {
            let column = rows.columns[entry]
            let value = Double(rows.values[entry])
            gradients.weights[column] += error * value
            for factor in 0..<factorCount {
                let index = column * factorCount + factor
                let weight = Double(model.factors[index])
                gradients.factors[index] += error * value * (sums[factor] - weight * value)
            }
        }
    }

    /// - Parameter sums: Receives Σ factorᵢ xᵢ of each factor.
    private static func score(
        _ rows: Rows,
        _ entries: Range<Int>,
        _ model: FactorizationParameters,
        _ sums: inout [Double]
    ) -> Double {
        var score = Double(model.bias)
        var squares = 0.0
        for entry in entries {
            let column = rows.columns[entry]
            let value = Double(rows.values[entry])
            score += Double(model.weights[column]) * value
            for factor in 0..<model.factorCount {
                let product = Double(model.factors[column * model.factorCount + factor]) * value
                sums[factor] += product
                squares += product * product
            }
        }
        for sum in sums { score += sum * sum / 2 }
        return score - squares / 2
    }

    /// Returns the model's scores for all rows: predictions of a regressor, probabilities of a classifier.
    package static func scores(_ rows: Rows, _ model: FactorizationParameters) -> [Double] {
        (0..<rows.count).map { row in
            var sums = [Double](repeating: 0, count: model.factorCount)
            let score = score(rows, rows.starts[row]..<rows.starts[row + 1], model, &sums)
            return model.predictor == .regressor ? score : 1 / (1 + exp(-score))
        }
    }
}
