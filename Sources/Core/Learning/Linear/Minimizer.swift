import Foundation

/// Minimizes a smooth convex function, optionally with a penalty on magnitudes.
///
/// It uses L-BFGS, or its orthant-wise form with the penalty.
///
/// - Source: Nocedal and Wright, *Numerical Optimization*, 2nd edition, algorithms 7.4 and 7.5; Andrew and Gao, *Scalable
///   Training of L1-Regularized Log-Linear Models*, ICML 2007.
struct Minimizer {
    var memory = 10
    var maxIterations = 500
    /// The largest slope at which the search ends.
    var tolerance = 1e-8
    /// The penalty on each coordinate's magnitude; empty for none.
    var magnitudePenalties: [Double] = []

    /// - Parameters:
    ///   - start: The starting point.
    ///   - function: Returns the value and the gradient at a point.
    ///   - onIteration: Called with each point. The search ends if it returns `false`.
    func minimum(
        from start: [Double],
        of function: ([Double]) -> (value: Double, gradient: [Double]),
        onIteration: (_ iteration: Int, _ point: [Double], _ value: Double) -> Bool
    ) -> [Double] {
        var point = start
        var (value, gradient) = function(point)
        value += penalty(point)
        var history: [(step: [Double], change: [Double], scale: Double)] = []
        for iteration in 0..<maxIterations {
            let slope = pseudoGradient(point, gradient)
            guard onIteration(iteration, point, value), Self.largest(slope) > tolerance else { break }
            var direction = Self.direction(slope, history)
            if !magnitudePenalties.isEmpty {
                for index in direction.indices where direction[index] * slope[index] > 0 { direction[index] = 0 }
            }
            var descent = Self.dot(direction, slope)
            if descent >= 0 {
                // The history no longer gives a descent direction.
                history.removeAll()
                direction = slope.map { -$0 }
                descent = Self.dot(direction, slope)
            }
            var length = history.isEmpty ? min(1, 1 / Self.dot(slope, slope).squareRoot()) : 1
            var found: (point: [Double], value: Double, gradient: [Double])?
            for _ in 0..<40 {
                let candidate = moved(point, direction, length, slope)
                var (candidateValue, candidateGradient) = function(candidate)
                candidateValue += penalty(candidate)
                let sufficient =
                    magnitudePenalties.isEmpty
                    ? value + 1e-4 * length * descent
                    : value + 1e-4 * zip(zip(candidate, point), slope).reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
                if candidateValue.isFinite, candidateValue <= sufficient {
                    found = (candidate, candidateValue, candidateGradient)
                    break
                }
                candidateGradient = []
                length *= 0.5
            }
            guard let found else { break }
            let step = zip(found.point, point).map { $0 - $1 }
            let change = zip(found.gradient, gradient).map { $0 - $1 }
            let curvature = Self.dot(step, change)
            if curvature > 1e-14 * Self.dot(change, change) {
                history.append((step, change, 1 / curvature))
                if history.count > memory { history.removeFirst() }
            }
            let gain = value - found.value
            (point, value, gradient) = found
            if gain <= 1e-15 * max(1, value.magnitude) { break }
        }
        return point
    }

    private func penalty(_ point: [Double]) -> Double {
        zip(point, magnitudePenalties).reduce(0) { $0 + $1.0.magnitude * $1.1 }
    }

    /// Returns the gradient including the penalty, with one-sided derivatives where a coordinate is 0.
    private func pseudoGradient(_ point: [Double], _ gradient: [Double]) -> [Double] {
        guard !magnitudePenalties.isEmpty else { return gradient }
        return gradient.indices.map { index in
            let penalty = magnitudePenalties[index]
            if point[index] > 0 { return gradient[index] + penalty }
            if point[index] < 0 { return gradient[index] - penalty }
            if gradient[index] + penalty < 0 { return gradient[index] + penalty }
            return gradient[index] - penalty > 0 ? gradient[index] - penalty : 0
        }
    }

    /// Takes a step. With the penalty, a coordinate that would change its sign becomes 0.
    private func moved(_ point: [Double], _ direction: [Double], _ length: Double, _ slope: [Double]) -> [Double] {
        point.indices.map { index in
            let moved = point[index] + length * direction[index]
            guard !magnitudePenalties.isEmpty, magnitudePenalties[index] > 0 else { return moved }
            let orthant = point[index] != 0 ? point[index] : -slope[index]
            return moved * orthant > 0 ? moved : 0
        }
    }

    private static func direction(
        _ slope: [Double],
        _ history: [(step: [Double], change: [Double], scale: Double)]
    ) -> [Double] {
        var direction = slope.map { -$0 }
        guard let last = history.last else { return direction }
        var factors: [Double] = []
        for (step, change, scale) in history.reversed() {
            let factor = scale * dot(step, direction)
            for index in direction.indices { direction[index] -= factor * change[index] }
            factors.append(factor)
        }
        let scale = 1 / (last.scale * dot(last.change, last.change))
        for index in direction.indices { direction[index] *= scale }
        for ((step, change, scale), factor) in zip(history, factors.reversed()) {
            let other = scale * dot(change, direction)
            for index in direction.indices { direction[index] += (factor - other) * step[index] }
        }
        return direction
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }

    private static func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, $1.magnitude) } }
}
