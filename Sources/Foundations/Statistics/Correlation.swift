/// Coefficients of correlation.
///
/// Each is `nil` for fewer than two pairs, sides of different lengths, values that are not numbers, a constant side, or if it
/// overflows.
package enum Correlation {
    package static func pearson(_ x: [Double], _ y: [Double]) -> Double? {
        guard x.count == y.count, x.count > 1, let meanX = Moments(x).mean, let meanY = Moments(y).mean else {
            return nil
        }
        var (covariance, varianceX, varianceY) = (0.0, 0.0, 0.0)
        for index in x.indices {
            let (dx, dy) = (x[index] - meanX, y[index] - meanY)
            covariance += dx * dy
            varianceX += dx * dx
            varianceY += dy * dy
        }
        guard varianceX > 0, varianceY > 0, varianceX.isFinite, varianceY.isFinite else { return nil }
        let coefficient = covariance / (varianceX.squareRoot() * varianceY.squareRoot())
        return min(max(coefficient, -1), 1)
    }

    /// Returns Pearson's coefficient of the ranks; equal values share their average rank.
    package static func spearman(_ x: [Double], _ y: [Double]) -> Double? {
        guard x.count == y.count, let ranksX = averageRanks(x), let ranksY = averageRanks(y) else { return nil }
        return pearson(ranksX, ranksY)
    }
}

/// Returns the rank of each value, from 1; equal values share the average of their ranks. `nil` if one is not a number.
package func averageRanks(_ values: [Double]) -> [Double]? {
    guard !values.contains(where: \.isNaN) else { return nil }
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
        var end = start
        while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
        for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
        start = end
    }
    return ranks
}
