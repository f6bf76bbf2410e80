extension Drift {
    /// Returns Pearson's test that baseline and window have the same shares: that of the 2×K table of counts, without correction for
    /// continuity.
    ///
    /// Counts that are too small for the approximation are merged, the smallest with the next smallest, until at most a fifth of the
    /// cells expect fewer than 5 and none fewer than 1; of a 2×2 table, until all expect 10. The choice depends on the sums of both
    /// sides alone, not on how they differ.
    ///
    /// - Returns: `nil` if fewer than two cells with counts are left.
    /// - Source: Cochran 1952; Yates, Moore and McCabe 1999; deequ merges by the same rule, in a test of one sample.
    package static func chiSquared(
        _ baseline: [Int],
        _ window: [Int]
    ) -> (statistic: Double, degreesOfFreedom: Int, pValue: Double)? {
        let cells = merged(cells(baseline, window))
        guard cells.count > 1 else { return nil }
        let (n, m) = (cells.reduce(0) { $0 + $1.baseline }, cells.reduce(0) { $0 + $1.window })
        let statistic = cells.reduce(0.0) { sum, cell in
            let expected = (cell.sum * (n / (n + m)), cell.sum * (m / (n + m)))
            let deviation = cell.baseline - expected.0
            // The deviations of both rows are equal, but for their sign.
            return sum + deviation * deviation * (1 / expected.0 + 1 / expected.1)
        }
        let tail = ChiSquaredDistribution.survival(statistic, degreesOfFreedom: Double(cells.count - 1))
        return tail.map { (statistic, cells.count - 1, $0) }
    }

    private struct Cell {
        var baseline: Double
        var window: Double
        var sum: Double { baseline + window }
    }

    /// Returns the cells with counts. None if a side has no counts.
    private static func cells(_ baseline: [Int], _ window: [Int]) -> [Cell] {
        let all = (0..<max(baseline.count, window.count)).map { index in
            Cell(
                baseline: index < baseline.count ? Double(max(0, baseline[index])) : 0,
                window: index < window.count ? Double(max(0, window[index])) : 0
            )
        }
        guard all.contains(where: { $0.baseline > 0 }), all.contains(where: { $0.window > 0 }) else { return [] }
        return all.filter { $0.sum > 0 }
    }

    private static func merged(_ cells: [Cell]) -> [Cell] {
        let (n, m) = (cells.reduce(0) { $0 + $1.baseline }, cells.reduce(0) { $0 + $1.window })
        /// The smaller of the two counts that are expected.
        func expected(_ cell: Cell) -> Double { cell.sum * (min(n, m) / (n + m)) }
        // Merged cells become larger and larger, so that both lists are ascending.
        var single = cells.sorted { $0.sum < $1.sum }[...]
        var merged: ArraySlice<Cell> = []
        func smallest() -> Cell? {
            guard let left = single.first, let right = merged.first else { return single.first ?? merged.first }
            return left.sum <= right.sum ? left : right
        }
        func takeSmallest() -> Cell? {
            let cell = smallest()
            if let left = single.first, left.sum <= merged.first?.sum ?? .infinity {
                single.removeFirst()
            } else {
                merged.removeFirst()
            }
            return cell
        }
        var small = cells.count { expected($0) < 5 }
        while let least = smallest(), single.count + merged.count > 1 {
            let count = single.count + merged.count
            let isEnough = count == 2 ? expected(least) >= 10 : small <= count / 5 && expected(least) >= 1
            if isEnough { break }
            guard let one = takeSmallest(), let other = takeSmallest() else { break }
            let sum = Cell(baseline: one.baseline + other.baseline, window: one.window + other.window)
            small += (expected(sum) < 5 ? 1 : 0) - (expected(one) < 5 ? 1 : 0) - (expected(other) < 5 ? 1 : 0)
            merged.append(sum)
        }
        return Array(single + merged)
    }
}
