/// Questions about values in ascending order, such as latencies.
package enum SortedValues {
    /// Returns the quantile with linear interpolation (type 7 of Hyndman and Fan), the default of NumPy and R.
    ///
    /// - Returns: `nil` without values, unless the probability is in [0, 1], or if it lies between infinities.
    package static func quantile(_ values: [Double], at probability: Double) -> Double? {
        guard !values.isEmpty, (0.0...1.0).contains(probability) else { return nil }
        let position = Double(values.count - 1) * probability
        guard let below = Int(exactly: position.rounded(.down)), values.indices.contains(below) else { return nil }
        let low = values[below]
        let high = values[min(below + 1, values.count - 1)]
        let fraction = position - Double(below)
        if fraction == 0 || low == high { return low.isNaN ? nil : low }
        let value = low + (high - low) * fraction
        return value.isNaN ? nil : min(value, high)
    }

    /// Returns the share of the values above a budget, or `nil` without values.
    package static func shareOver(_ budget: Double, _ values: [Double]) -> Proportion? {
        var lower = 0
        var upper = values.count
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if values[middle] > budget { upper = middle } else { lower = middle + 1 }
        }
        return Proportion(successes: values.count - lower, count: values.count)
    }
}
