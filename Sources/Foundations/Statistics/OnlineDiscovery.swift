/// Gives each of an endless sequence of tests a level, so that the expected share of false ones among all discoveries stays at most
/// alpha, at every moment.
///
/// It is e-LOND: the level of the n-th test is α·γₙ·(discoveries so far + 1), with γₙ = 6/(π²n²), which add up to 1. The tests
/// may depend on each other. A test keeps the level with which it began, and rejects when its evidence reaches one over that level.
///
/// - Source: Xu and Ramdas, *Online multiple testing with e-values*, AISTATS 2024.
package struct OnlineDiscovery: Codable, Equatable, Sendable {
    package let alpha: Double
    /// The tests that have begun.
    package private(set) var tests: Int
    package private(set) var discoveries: Int

    /// - Returns: `nil` unless alpha is inside (0, 1), and there are at least 0 and at most as many discoveries as tests.
    package init?(alpha: Double, tests: Int = 0, discoveries: Int = 0) {
        guard alpha > 0, alpha < 1, discoveries >= 0, tests >= discoveries else { return nil }
        self.alpha = alpha
        self.tests = tests
        self.discoveries = discoveries
    }

    /// Begins the next test.
    ///
    /// - Returns: Its level.
    package mutating func begin() -> Double {
        tests = tests.saturatingSum(1)
        let number = Double(tests)
        return min(alpha, alpha * 6 / (Double.pi * Double.pi * number * number) * (Double(discoveries) + 1))
    }

    /// Counts a test that rejected its hypothesis. At most every test can.
    package mutating func discover() { discoveries = min(tests, discoveries.saturatingSum(1)) }
}
