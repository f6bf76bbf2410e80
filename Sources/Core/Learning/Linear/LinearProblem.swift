import Foundation

/// The loss of linear models over rows whose features are normalized to mean 0 and variance 1.
///
/// A point holds the weights of each output, then the biases. Sparse rows stay sparse: the normalization is folded into the
/// weights.
struct LinearProblem: @unchecked Sendable {
    // Sendable: the data is only read.
    let data: TrainingData
    /// The target of each row: the label, ±1 or the class.
    let targets: [Double]
    let rowWeights: [Double]
    let outputCount: Int
    let loss: LinearLoss
    let parameters: LinearLoss.Parameters
    let means: [Double]
    let scales: [Double]
    let usesBias: Bool
    /// Half of this value times the sum of the squared weights is added to the loss.
    let decay: Double
    let threads: Int

    var featureCount: Int { data.columnCount }
    var size: Int { outputCount * (featureCount + 1) }

    /// Returns the mean loss and its gradient over `rows`.
    func loss(at point: [Double], rows: [Int]? = nil) -> (value: Double, gradient: [Double]) {
        let (weights, biases) = unscaled(point)
        let count = rows?.count ?? data.rowCount
        let width = featureCount
        let outputs = outputCount
        // The gradient for the original features, then for the biases, then the loss, then the weight of the rows.
        let sums = ParallelSum.over(rows: count, size: size + 2, threads: threads) { range, sums in
            var scores = [Double](repeating: 0, count: outputs)
            weights.withUnsafeBufferPointer { weights in
                for position in range {
                    let row = rows?[position] ?? position
                    for output in 0..<outputs { scores[output] = biases[output] }
                    data.forEachFeature(of: row) { column, value in
                        for output in 0..<outputs {
                            scores[output] += weights[output * width + column] * Double(value)
                        }
                    }
                    let rowWeight = rowWeights[row]
                    sums[outputs * (width + 1)] += rowWeight * slopes(&scores, target: targets[row])
                    sums[outputs * (width + 1) + 1] += rowWeight
                    for output in 0..<outputs {
                        scores[output] *= rowWeight
                        sums[outputs * width + output] += scores[output]
                    }
                    data.forEachFeature(of: row) { column, value in
                        for output in 0..<outputs { sums[output * width + column] += scores[output] * Double(value) }
                    }
                }
            }
        }
        let total = max(sums[size + 1], .leastNormalMagnitude)
        var value = sums[size] / total
        var gradient = [Double](repeating: 0, count: size)
        for output in 0..<outputs {
            let slope = sums[outputs * width + output]
            for column in 0..<width {
                let index = output * width + column
                gradient[index] =
                    (sums[index] - means[column] * slope) / scales[column] / total + decay * point[index]
                value += 0.5 * decay * point[index] * point[index]
            }
            if usesBias { gradient[outputs * width + output] = slope / total }
        }
        return (value, gradient)
    }

    /// Replaces the scores of a row with the slopes of the loss. Returns the loss.
    @inline(__always)
    private func slopes(_ scores: inout [Double], target: Double) -> Double {
        guard loss == .softmax else {
            let (value, slope) = loss.of(scores[0], label: target, parameters)
            scores[0] = slope
            return value
        }
        let highest = scores.max() ?? 0
        var total = 0.0
        for index in scores.indices { total += exp(scores[index] - highest) }
        let right = Int(target)
        let value = log(total) + highest - scores[right]
        for index in scores.indices { scores[index] = exp(scores[index] - highest) / total }
        scores[right] -= 1
        return value
    }

    /// Returns the weights and biases for the original features.
    func unscaled(_ point: [Double]) -> (weights: [Double], biases: [Double]) {
        var weights = Array(point[..<(outputCount * featureCount)])
        var biases = Array(point[(outputCount * featureCount)...])
        for output in 0..<outputCount {
            for column in 0..<featureCount {
                let index = output * featureCount + column
                weights[index] /= scales[column]
                biases[output] -= weights[index] * means[column]
            }
        }
        return (weights, biases)
    }

    /// Returns the mean and the standard deviation of each column; a constant column has deviation 1.
    static func moments(of data: TrainingData, threads: Int) -> (means: [Double], deviations: [Double]) {
        let width = data.columnCount
        nonisolated(unsafe) let data = data
        let sums = ParallelSum.over(rows: data.rowCount, size: width, threads: threads) { range, sums in
            for row in range { data.forEachFeature(of: row) { sums[$0] += Double($1) } }
        }
        let means = sums.map { $0 / Double(data.rowCount) }
        // In two passes, for precision. Values that sparse rows omit are 0.
        let squares = ParallelSum.over(rows: data.rowCount, size: 2 * width, threads: threads) { range, sums in
            for row in range {
                data.forEachFeature(of: row) { column, value in
                    let difference = Double(value) - means[column]
                    sums[column] += difference * difference
                    sums[width + column] += 1
                }
            }
        }
        let deviations = (0..<width).map { column in
            let left = Double(data.rowCount) - squares[width + column]
            let variance = (squares[column] + left * means[column] * means[column]) / Double(data.rowCount)
            return variance > 1e-24 * max(1, means[column] * means[column]) ? variance.squareRoot() : 1
        }
        return (means, deviations)
    }
}
