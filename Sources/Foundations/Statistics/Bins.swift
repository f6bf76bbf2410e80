/// Intervals of numbers, each open below and closed above: (low, high]. The first has no lower and the last no upper end.
package struct Bins: Hashable, Sendable {
    /// The most bins that can be cut at once.
    package static let limit = 10_000

    /// Where one bin ends and the next begins: ascending, distinct and finite, at least one.
    package let edges: [Double]

    /// - Returns: `nil` unless there is at least one edge, and they are finite, distinct and ascending.
    package init?(edges: [Double]) {
        guard !edges.isEmpty, edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
            return nil
        }
        self.edges = edges
    }

    /// Cuts bins that hold as many values each, at quantiles of type 7.
    ///
    /// Equal edges become one, so there are fewer bins where values repeat. An edge that is not finite is left out.
    ///
    /// - Returns: `nil` if no edge is left, unless `count` is from 2 to ``limit``.
    package static func quantiles(of values: SortedNumbers, count: Int) -> Bins? {
        cut(count) { values.quantile(at: $0) }
    }

    /// Cuts bins of the same width between two numbers, the outer ones open.
    ///
    /// - Returns: `nil` unless `from` < `to` are finite and `count` is from 2 to ``limit``, or if there is no number between them.
    package static func equalWidth(from: Double, to: Double, count: Int) -> Bins? {
        guard from < to, from.isFinite, to.isFinite else { return nil }
        return cut(count) { between(from, to, $0) }
    }

    private static func cut(_ count: Int, _ edge: (_ share: Double) -> Double?) -> Bins? {
        guard (2...limit).contains(count) else { return nil }
        var edges: [Double] = []
        for index in 1..<count {
            guard let edge = edge(Double(index) / Double(count)), edge.isFinite else { continue }
            if edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
        }
        return Bins(edges: edges)
    }

    /// The number of bins.
    package var count: Int { edges.count + 1 }

    /// Returns the bin of a value, as `numpy.digitize(right=True)`: an edge belongs to the bin below it, and a value that is not a
    /// number to the last bin.
    package func index(of value: Double) -> Int { edges.countBefore { !(value <= $0) } }

    /// Returns how many values each bin holds.
    package func counts(of values: SortedNumbers) -> [Int] {
        let ranks = edges.map { values.countUpTo($0) } + [values.count]
        return zip(ranks, [0] + ranks).map { $0 - $1 }
    }
}
