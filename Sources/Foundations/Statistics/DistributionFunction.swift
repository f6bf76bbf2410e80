/// The share of values up to each point: a step at each distinct value of a sample, or of a sketch of it.
struct DistributionFunction {
    /// Ascending and distinct.
    private(set) var points: [Double] = []
    /// The share of values at most the point, in (0, 1]; the last is 1.
    private(set) var shares: [Double] = []

    /// - Parameters:
    ///   - values: Ascending.
    ///   - ranks: How many values there are up to each value, itself included: ascending. `nil` if each counts once.
    init(_ values: [Double], ranks: [Int]? = nil) {
        let total = Double(ranks.map { $0.last ?? 0 } ?? values.count)
        for index in values.indices where index + 1 == values.count || values[index] < values[index + 1] {
            points.append(values[index])
            shares.append(Double(ranks?[index] ?? index + 1) / total)
        }
    }

    /// Visits the points of two functions in ascending order.
    ///
    /// - Parameter body: Gets a point, both shares from there on, and the point that follows it, if there is one.
    static func visit(_ a: Self, _ b: Self, _ body: (Double, (Double, Double), _ next: Double?) -> Void) {
        var (i, j) = (0, 0)
        var next = Self.first(a.points.first, b.points.first)
        while let point = next {
            if i < a.points.count, a.points[i] == point { i += 1 }
            if j < b.points.count, b.points[j] == point { j += 1 }
            next = Self.first(i < a.points.count ? a.points[i] : nil, j < b.points.count ? b.points[j] : nil)
            body(point, (i > 0 ? a.shares[i - 1] : 0, j > 0 ? b.shares[j - 1] : 0), next)
        }
    }

    private static func first(_ a: Double?, _ b: Double?) -> Double? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }

    /// Returns the largest difference of two functions: the statistic of Kolmogorov and Smirnov. 0 if one has no values.
    static func largestDifference(_ a: Self, _ b: Self) -> Double {
        guard !a.points.isEmpty, !b.points.isEmpty else { return 0 }
        var largest = 0.0
        visit(a, b) { _, shares, _ in largest = max(largest, (shares.0 - shares.1).magnitude) }
        return largest
    }

    /// Returns the area between two functions. 0 if one has no values.
    static func area(_ a: Self, _ b: Self) -> Double {
        guard !a.points.isEmpty, !b.points.isEmpty else { return 0 }
        var sum = 0.0
        visit(a, b) { point, shares, next in
            let height = (shares.0 - shares.1).magnitude
            // Nothing lies between an infinity and the next value if both samples have the same share there.
            guard let next, height > 0 else { return }
            let width = next - point
            sum += width.isFinite ? width * height : next * height - point * height
        }
        return sum
    }
}
