import Foundation

/// A Gaussian process, conditioned on observations, with a Matérn 5/2 kernel that has one length scale for each coordinate.
///
/// - Source: Rasmussen and Williams 2006, *Gaussian processes for machine learning*, algorithm 2.1; the kernel as in
///   Snoek, Larochelle and Adams 2012, *Practical Bayesian optimization of machine learning algorithms*.
struct GaussianProcess: Sendable {
    struct Hyperparameters: Sendable, Equatable {
        /// The variance of the function.
        var variance: Double
        /// The variance of the observations around the function.
        var noise: Double
        /// The distance along each coordinate over which the function varies.
        var lengthScales: [Double]
    }

    let hyperparameters: Hyperparameters
    /// The log density of the observations under the hyperparameters.
    let logMarginalLikelihood: Double
    private let points: [[Double]]
    private let values: [Double]
    private let isCategorical: [Bool]
    private let factor: CholeskyFactor
    /// The inverse of the observations' covariance, multiplied by the observations.
    private let weights: [Double]

    /// - Parameter isCategorical: Marks coordinates for which two values have distance 0 if equal, otherwise 1.
    /// - Returns: `nil` if the covariance cannot be factored.
    init?(points: [[Double]], values: [Double], isCategorical: [Bool], _ hyperparameters: Hyperparameters) {
        self.init(
            points: points,
            values: values,
            isCategorical: isCategorical,
            differences: SquaredDifferences(points, isCategorical: isCategorical),
            hyperparameters
        )
    }

    init?(
        points: [[Double]],
        values: [Double],
        isCategorical: [Bool],
        differences: SquaredDifferences,
        _ hyperparameters: Hyperparameters
    ) {
        let covariance = differences.covariance(hyperparameters)
        guard let factor = CholeskyFactor(of: covariance, size: points.count) else { return nil }
        self.init(points, values, isCategorical, hyperparameters, factor)
    }

    private init(
        _ points: [[Double]],
        _ values: [Double],
        _ isCategorical: [Bool],
        _ hyperparameters: Hyperparameters,
        _ factor: CholeskyFactor
    ) {
        self.hyperparameters = hyperparameters
        self.points = points
        self.values = values
        self.isCategorical = isCategorical
        self.factor = factor
        let half = factor.solveLower(values)
        weights = factor.solveUpper(half)
        let fit = half.reduce(0) { $0 + $1 * $1 }
        logMarginalLikelihood = -0.5 * fit - factor.logDiagonal - 0.5 * Double(points.count) * log(2 * .pi)
    }

    /// Returns the process after one more observation; `nil` if the covariance cannot be factored.
    func observing(_ value: Double, at point: [Double]) -> GaussianProcess? {
        let row = points.map { covariance($0, point) }
        let diagonal = hyperparameters.variance + hyperparameters.noise
        guard let factor = factor.appending(row, diagonal: diagonal) else { return nil }
        return GaussianProcess(points + [point], values + [value], isCategorical, hyperparameters, factor)
    }

    /// Returns the posterior of the function itself, not of a noisy observation, at a point.
    func posterior(at point: [Double]) -> (mean: Double, variance: Double) {
        let covariances = points.map { covariance($0, point) }
        let half = factor.solveLower(covariances)
        var mean = 0.0
        var explained = 0.0
        for index in points.indices {
            mean += covariances[index] * weights[index]
            explained += half[index] * half[index]
        }
        return (mean, max(hyperparameters.variance - explained, 1e-12))
    }

    func covariance(_ first: [Double], _ second: [Double]) -> Double {
        var squared = 0.0
        for index in first.indices {
            let difference =
                isCategorical[index] ? (first[index] == second[index] ? 0 : 1) : first[index] - second[index]
            let scaled = difference / hyperparameters.lengthScales[index]
            squared += scaled * scaled
        }
        return Self.matern52(squared) * hyperparameters.variance
    }

    /// - Parameter squared: The squared distance, in units of the length scales.
    static func matern52(_ squared: Double) -> Double {
        let scaled = (5 * squared).squareRoot()
        return (1 + scaled + 5 * squared / 3) * exp(-scaled)
    }
}

/// The squared differences between points in each coordinate, computed once for all the length scales that are sampled.
struct SquaredDifferences: Sendable {
    private let size: Int
    private let dimensions: Int
    /// ``dimensions`` values for each pair below the diagonal, row by row.
    private var values: [Double]

    init(_ points: [[Double]], isCategorical: [Bool]) {
        size = points.count
        dimensions = isCategorical.count
        values = []
        values.reserveCapacity(size * (size - 1) / 2 * dimensions)
        for row in 0..<size {
            for column in 0..<row {
                for index in 0..<dimensions {
                    let difference = points[row][index] - points[column][index]
                    values.append(isCategorical[index] ? (difference == 0 ? 0 : 1) : difference * difference)
                }
            }
        }
    }

    /// Returns the covariance of noisy observations: its lower triangle, row by row.
    func covariance(_ hyperparameters: GaussianProcess.Hyperparameters) -> [Double] {
        let weights = hyperparameters.lengthScales.map { 1 / ($0 * $0) }
        var covariance = [Double](repeating: 0, count: size * size)
        var position = 0
        for row in 0..<size {
            for column in 0..<row {
                var squared = 0.0
                for index in 0..<dimensions { squared += values[position + index] * weights[index] }
                position += dimensions
                covariance[row * size + column] = GaussianProcess.matern52(squared) * hyperparameters.variance
            }
            covariance[row * size + row] = hyperparameters.variance + hyperparameters.noise
        }
        return covariance
    }
}

/// The lower triangular matrix L with L Lᵀ = A.
struct CholeskyFactor: Sendable {
    private let size: Int
    private var rows: [Double]

    /// - Parameter matrix: Row by row; only the lower triangle is read.
    /// - Returns: `nil` if the matrix is not positive definite.
    init?(of matrix: [Double], size: Int) {
        self.size = size
        rows = matrix
        for row in 0..<size {
            for column in 0...row {
                var sum = rows[row * size + column]
                for index in 0..<column { sum -= rows[row * size + index] * rows[column * size + index] }
                if row == column {
                    guard sum > 0, sum.isFinite else { return nil }
                    rows[row * size + row] = sum.squareRoot()
                } else {
                    rows[row * size + column] = sum / rows[column * size + column]
                }
            }
        }
    }

    private init(rows: [Double], size: Int) {
        self.rows = rows
        self.size = size
    }

    /// Returns the factor of the matrix with one more row and column; `nil` if that matrix is not positive definite.
    func appending(_ row: [Double], diagonal: Double) -> CholeskyFactor? {
        let last = solveLower(row)
        let rest = diagonal - last.reduce(0) { $0 + $1 * $1 }
        guard rest > 0, rest.isFinite else { return nil }
        var larger: [Double] = []
        larger.reserveCapacity((size + 1) * (size + 1))
        for index in 0..<size {
            larger += rows[index * size..<(index + 1) * size]
            larger.append(0)
        }
        return CholeskyFactor(rows: larger + last + [rest.squareRoot()], size: size + 1)
    }

    /// The sum of the logarithms on the diagonal: half of the matrix's log determinant.
    var logDiagonal: Double { (0..<size).reduce(0) { $0 + log(rows[$1 * size + $1]) } }

    /// Returns x with L x = b.
    func solveLower(_ right: [Double]) -> [Double] {
        var result = right
        for row in 0..<size {
            var sum = result[row]
            for column in 0..<row { sum -= rows[row * size + column] * result[column] }
            result[row] = sum / rows[row * size + row]
        }
        return result
    }

    /// Returns x with Lᵀ x = b.
    func solveUpper(_ right: [Double]) -> [Double] {
        var result = right
        for row in stride(from: size - 1, through: 0, by: -1) {
            result[row] /= rows[row * size + row]
            for column in 0..<row { result[column] -= rows[row * size + column] * result[row] }
        }
        return result
    }
}
