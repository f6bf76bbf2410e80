import Statistics

/// The spread of metrics, as SageMaker Model Monitor measures it: over five random samples of 80 % of the cases.
enum Resampling {
    /// With fewer cases there is no spread.
    private static let leastCases = 200
    private static let samples = 5

    /// Returns metrics with their standard deviations.
    ///
    /// - Parameter compute: Returns a value for each name, `nil` if it is not defined for these cases.
    static func metrics<Case>(
        _ cases: [Case],
        _ compute: ([Case]) -> [String: Double?]
    ) -> [String: ModelQualityStatistics.Metric] {
        var values: [String: [Double]] = [:]
        if cases.count >= leastCases {
            // The same cases have the same spread.
            var generator = SplitMix64(seed: 0)
            for _ in 0..<samples {
                let sample = cases.shuffled(using: &generator).prefix(cases.count / 5 * 4)
                for (name, value) in compute(Array(sample)) {
                    if let value { values[name, default: []].append(value) }
                }
            }
        }
        return compute(cases).reduce(into: [:]) { metrics, each in
            let sampled = values[each.key] ?? []
            let variance = sampled.count == samples ? Moments(sampled).variance : nil
            metrics[each.key] = .init(value: each.value, standardDeviation: variance?.squareRoot())
        }
    }
}
