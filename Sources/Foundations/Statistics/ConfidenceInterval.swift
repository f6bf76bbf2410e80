/// An interval around an estimate.
package struct ConfidenceInterval: Equatable, Sendable {
    package let lower: Double
    package let upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// Returns the interval of `center` ± `margin`, or `nil` if it is not finite.
    init?(center: Double, margin: Double) {
        guard (center - margin).isFinite, (center + margin).isFinite else { return nil }
        self.init(lower: center - margin, upper: center + margin)
    }
}

/// The result of a test with a fixed sample, which may be looked at once.
package struct TestResult: Equatable, Sendable {
    package let statistic: Double
    /// Two-sided.
    package let pValue: Double
}
