/// Numbers in ascending order, such as latencies or the values of a feature.
///
/// Infinite ones are kept. Those that are not a number are left out: who needs to know how many there were counts them before.
package struct SortedNumbers: Equatable, Sendable {
    package let values: [Double]

    /// Sorts the numbers, in linear time if they are sorted already.
    package init(_ values: some Sequence<Double>) {
        self.values = values.filter { !$0.isNaN }.sorted()
    }

    package var count: Int { values.count }
    package var isEmpty: Bool { values.isEmpty }

    /// Returns the quantile with linear interpolation (type 7 of Hyndman and Fan), the default of NumPy and R.
    ///
    /// - Returns: `nil` without values, unless the probability is in [0, 1], or if it lies between infinities.
    package func quantile(at probability: Double) -> Double? {
        guard !values.isEmpty, (0.0...1.0).contains(probability) else { return nil }
        let position = Double(values.count - 1) * probability
        guard let below = Int(exactly: position.rounded(.down)), values.indices.contains(below) else { return nil }
        let low = values[below]
        let high = values[min(below + 1, values.count - 1)]
        let fraction = position - Double(below)
        if fraction == 0 || low == high { return low }
        let value = between(low, high, fraction)
        return value.isNaN ? nil : min(value, high)
    }

    /// Returns the share of the values above a budget, or `nil` without values or unless the budget is a number.
    package func shareOver(_ budget: Double) -> Proportion? {
        guard !budget.isNaN else { return nil }
        return Proportion(successes: count - countUpTo(budget), count: count)
    }

    /// Returns how many values are at most a limit.
    func countUpTo(_ limit: Double) -> Int { values.countBefore { $0 <= limit } }
}

/// Returns the point at a share of the way from one number to a higher one.
package func between(_ low: Double, _ high: Double, _ share: Double) -> Double {
    let width = high - low
    // The width of the widest ranges is not finite, though all points in them are.
    return width.isFinite || low.isInfinite || high.isInfinite
        ? low + width * share : low * (1 - share) + high * share
}

extension Array {
    /// Returns the number of elements that meet a condition, if those that do come first.
    func countBefore(_ condition: (Element) -> Bool) -> Int {
        var lower = 0
        var upper = count
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if condition(self[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
