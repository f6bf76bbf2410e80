import Statistics
import Testing

@Suite struct DriftTests {
    private static func cases(_ name: String) throws -> [Fixtures.Case] {
        try Fixtures.cases(name, in: "drift_fixtures.json")
    }

    private static func counts(_ numbers: [Double]) -> [Int] { numbers.map { Int($0) } }

    @Test("bins at quantiles, and what they hold, agree with NumPy")
    func quantileBins() throws {
        for each in try Self.cases("quantile bins") {
            let bins = try #require(Bins.quantiles(of: SortedNumbers(each.arrays[0]), count: each.count(0)))
            let counts = bins.counts(of: SortedNumbers(each.arrays[1]))
            expectEqual(bins.edges + counts.map { Double($0) }, each.expected, each.arrays[0])
            for (index, count) in counts.enumerated() {
                #expect(each.arrays[1].count { bins.index(of: $0) == index } == count)
            }
        }
    }

    @Test("an edge belongs to the bin below it, and the outer bins are open")
    func edges() throws {
        let bins = try #require(Bins(edges: [1, 2]))
        #expect(bins.count == 3)
        #expect([-.infinity, 1, 1.5, 2, 2.5, .infinity, .nan].map { bins.index(of: $0) } == [0, 0, 1, 1, 2, 2, 2])
        #expect(bins.counts(of: SortedNumbers([.infinity, 1, 2, -.infinity, 3, .nan])) == [2, 1, 2])
        #expect(bins.counts(of: SortedNumbers([])) == [0, 0, 0])
    }

    @Test("edges are finite, distinct and ascending", arguments: [[], [2, 1], [1, 1], [.nan], [0, .infinity]])
    func impossibleEdges(_ edges: [Double]) { #expect(Bins(edges: edges) == nil) }

    @Test("bins of one width divide a range, even the widest and the narrowest")
    func equalWidth() throws {
        #expect(Bins.equalWidth(from: 0, to: 1, count: 4)?.edges == [0.25, 0.5, 0.75])
        let largest = Double.greatestFiniteMagnitude
        #expect(Bins.equalWidth(from: -largest, to: largest, count: 2)?.edges == [0])
        #expect(Bins.equalWidth(from: -largest, to: largest, count: 10_000)?.count == 10_000)
        let narrow = try #require(Bins.equalWidth(from: 1, to: 1 + .ulpOfOne, count: 100))
        #expect(narrow.edges == [1, 1 + .ulpOfOne])
        #expect(Bins.equalWidth(from: 1, to: 1, count: 5) == nil)
        #expect(Bins.equalWidth(from: 2, to: 1, count: 5) == nil)
        #expect(Bins.equalWidth(from: 0, to: .infinity, count: 5) == nil)
        #expect(Bins.equalWidth(from: .nan, to: 1, count: 5) == nil)
        for count in [-1, 0, 1, 10_001, .max] { #expect(Bins.equalWidth(from: 0, to: 1, count: count) == nil) }
    }

    @Test("quantiles that are not finite are no edges")
    func infiniteQuantiles() {
        #expect(Bins.quantiles(of: SortedNumbers([]), count: 4) == nil)
        #expect(Bins.quantiles(of: SortedNumbers([.infinity, .infinity]), count: 4) == nil)
        #expect(Bins.quantiles(of: SortedNumbers([-.infinity, 1, 2, .infinity]), count: 2)?.edges == [1.5])
        let largest = Double.greatestFiniteMagnitude
        #expect(Bins.quantiles(of: SortedNumbers([-largest, largest]), count: 2)?.edges == [0])
        #expect(Bins.quantiles(of: SortedNumbers([1, 2]), count: .max) == nil)
    }

    @Test("the distances of counts agree with SciPy")
    func distancesOfCounts() throws {
        for each in try Self.cases("counts") {
            let (baseline, window) = (Self.counts(each.arrays[0]), Self.counts(each.arrays[1]))
            let values = [
                Drift.populationStability(baseline, window), Drift.jensenShannon(baseline, window),
                Drift.maximumDifference(baseline, window), Drift.sumOfDifferences(baseline, window),
            ]
            expectEqual(values, each.expected, each.arrays[0])
        }
    }

    @Test("the distances of values agree with SciPy")
    func distancesOfValues() throws {
        for each in try Self.cases("values") {
            let (a, b) = (SortedNumbers(each.arrays[0]), SortedNumbers(each.arrays[1]))
            let test = Drift.kolmogorovSmirnov(a, b)
            let deviation = try #require(Moments(each.arrays[0]).populationDeviation)
            let values = [
                test.distance, test.pValue, Drift.wasserstein(a, b), Drift.wasserstein(a, b, normedBy: deviation),
            ]
            expectEqual(values, each.expected, each.arrays[0])
        }
    }

    @Test("the noise of the population stability index is the quantile of SciPy's chi-squared distribution")
    func noise() throws {
        for each in try Self.cases("noise") {
            let (bins, n, m) = (each.count(0), each.count(1), each.count(2))
            let values = [
                Drift.populationStabilityNoise(bins: bins, n, m, confidence: each.numbers[3]),
                Drift.expectedPopulationStabilityNoise(bins: bins, n, m),
            ]
            expectEqual(values, each.expected, each.numbers)
        }
        #expect(Drift.populationStabilityNoise(bins: 10, 0, 5, confidence: 0.95) == .infinity)
        #expect(Drift.populationStabilityNoise(bins: 10, 5, 5, confidence: 1) == .infinity)
        #expect(Drift.populationStabilityNoise(bins: 1, 5, 5, confidence: 0.95) == 0)
        #expect(Drift.expectedPopulationStabilityNoise(bins: 10, 5, 0) == .infinity)
        #expect(Drift.expectedPopulationStabilityNoise(bins: 0, 5, 0) == 0)
        #expect(Drift.expectedPopulationStabilityNoise(bins: .max, .max, .max).isFinite)
    }

    @Test("the test of categories agrees with SciPy, after rare ones are merged")
    func chiSquared() throws {
        for each in try Self.cases("chi-squared contingency") {
            let test = Drift.chiSquared(Self.counts(each.arrays[0]), Self.counts(each.arrays[1]))
            let values = [test?.statistic, test.map { Double($0.degreesOfFreedom) }, test?.pValue]
            expectEqual(values, each.expected, each.arrays[0])
        }
        #expect(Drift.chiSquared([], []) == nil)
        #expect(Drift.chiSquared([10, 20], []) == nil)
        #expect(Drift.chiSquared([10, 20], [0, -5]) == nil)
        #expect(Drift.chiSquared([1000], [2000]) == nil)
        // Nothing expects 10.
        #expect(Drift.chiSquared([3, 4], [4, 3]) == nil)
        #expect(Drift.chiSquared([.max, .max], [.max, .max])?.pValue == 1)
    }

    @Test("many rare categories are merged fast")
    func manyCategories() throws {
        let rare = [Int](repeating: 1, count: 20_000)
        let test = try #require(Drift.chiSquared(rare, rare))
        // Each sum of 2 expects 1 on both sides; five make the least that is allowed.
        #expect(test.degreesOfFreedom > 1000)
        #expect(test.pValue == 1)
    }

    @Test("what few values make by chance is taken off")
    func robust() {
        expectEqual([Drift.robust(0.5, 100, 300)], [0.5 - 1.8 * (400.0 / 30_000).squareRoot()])
        #expect(Drift.robust(0.1, 100, 100) == 0)
        #expect(Drift.robust(1, 0, 100) == 0)
        #expect(Drift.robust(1, .max, .max) > 0.99)
    }

    @Test("a difference of shares is the pooled z test; none without variance")
    func shares() throws {
        let few = try #require(Proportion(successes: 5, count: 100))
        let many = try #require(Proportion(successes: 20, count: 100))
        let test = Drift.shareDifference(few, many)
        #expect(test.z == ProportionDifference(few, many).pooledTest()?.statistic)
        #expect(test.pValue < 0.01)
        let none = try #require(Proportion(successes: 0, count: 10))
        #expect(Drift.shareDifference(none, none) == (0, 1))
    }

    @Test("without values there is no drift of values, and a side without counts has shares of 0")
    func empty() {
        let (none, some) = (SortedNumbers([]), SortedNumbers([1, 2]))
        #expect(Drift.kolmogorovSmirnov(none, some) == (0, 1))
        #expect(Drift.kolmogorovSmirnov(some, none) == (0, 1))
        #expect(Drift.wasserstein(none, some) == 0)
        #expect(Drift.wasserstein(none, none, normedBy: .nan) == 0)
        #expect(Drift.populationStability([], []) == 0)
        #expect(Drift.populationStability([0, 0], [0, 0]) == 0)
        #expect(Drift.jensenShannon([], []) == 0)
        #expect(Drift.maximumDifference([3, 1], []) == 0.75)
        #expect(Drift.sumOfDifferences([3, 1], [0, -9]) == 1)
        expectEqual([Drift.jensenShannon([1], [])], [0.707_106_781_186_547_5])
    }

    @Test("infinite values count as values")
    func infinite() {
        let (a, b) = (SortedNumbers([-.infinity, 1, .infinity]), SortedNumbers([-.infinity, 2, .infinity]))
        expectEqual([Drift.kolmogorovSmirnov(a, b).distance, Drift.wasserstein(a, b)], [1.0 / 3, 1.0 / 3])
        #expect(Drift.wasserstein(a, SortedNumbers([1, 2])) == .infinity)
        #expect(Drift.wasserstein(a, SortedNumbers([1, 2]), normedBy: .infinity) == .infinity)
        #expect(Drift.kolmogorovSmirnov(a, a) == (0, 1))
        let largest = Double.greatestFiniteMagnitude
        #expect(Drift.wasserstein(SortedNumbers([-largest]), SortedNumbers([largest])) == .infinity)
        #expect(Drift.wasserstein(SortedNumbers([-largest, largest]), SortedNumbers([largest, largest])) == largest)
    }

    @Test("the largest counts do not trap")
    func large() {
        let (most, one) = ([Int.max, .max], [Int.max, 0])
        expectEqual([Drift.maximumDifference(most, one), Drift.sumOfDifferences(most, one)], [0.5, 1])
        #expect(Drift.jensenShannon([.max, .min], [0, .max]) == 1)
        #expect(Drift.populationStability(most, one).isFinite)
    }
}
