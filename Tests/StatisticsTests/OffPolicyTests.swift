import Statistics
import Testing

@Suite struct OffPolicyTests {
    @Test("the estimates agree with the formulas in NumPy")
    func estimates() throws {
        for each in try Fixtures.cases("off-policy") {
            let estimate = OffPolicyEstimate(weights: each.arrays[0], outcomes: each.arrays[1])
            let values = [
                estimate?.inversePropensity.mean, estimate?.inversePropensity.standardError,
                estimate?.selfNormalized.mean, estimate?.selfNormalized.standardError, estimate?.effectiveSampleSize,
            ]
            expectEqual(values, each.expected)
            let interval = try #require(estimate?.selfNormalized.interval(alpha: 0.05))
            expectEqual([(interval.lower + interval.upper) / 2], [each.expected[2]])
            expectEqual([(interval.upper - interval.lower) / 2], [1.959963984540054 * each.expected[3]])
        }
    }

    @Test("few requests that carry the weight make an estimate unreliable")
    func unreliable() throws {
        let even = [Double](repeating: 1, count: 200)
        let outcomes = even.indices.map { Double($0 % 2) }
        #expect(try #require(OffPolicyEstimate(weights: even, outcomes: outcomes)).isUnreliable == false)
        #expect(try #require(OffPolicyEstimate(weights: [1e3] + even.dropFirst(), outcomes: outcomes)).isUnreliable)
        // 101 requests of 20,000.
        let rare = (0..<20_000).map { $0 < 101 ? 1.0 : 0 }
        let estimate = try #require(OffPolicyEstimate(weights: rare, outcomes: rare))
        expectEqual([estimate.effectiveSampleSize], [101])
        #expect(estimate.isUnreliable)
    }

    @Test("no estimate without weight, or of numbers that are not finite")
    func undefined() {
        #expect(OffPolicyEstimate(weights: [], outcomes: []) == nil)
        #expect(OffPolicyEstimate(weights: [1], outcomes: [1]) == nil)
        #expect(OffPolicyEstimate(weights: [0, 0], outcomes: [1, 1]) == nil)
        #expect(OffPolicyEstimate(weights: [1, -1], outcomes: [1, 1]) == nil)
        #expect(OffPolicyEstimate(weights: [1, 1], outcomes: [1, .nan]) == nil)
        #expect(OffPolicyEstimate(weights: [1, 1], outcomes: [1]) == nil)
        #expect(OffPolicyEstimate(weights: [1e200, 1e200], outcomes: [1, 1e200]) == nil)
    }
}
