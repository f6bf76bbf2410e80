import Statistics
import Testing

@Suite struct PairedTests {
    @Test("McNemar's exact test agrees with statsmodels, and its e-value with the formula in 50 digits")
    func mcNemar() throws {
        for each in try Fixtures.cases("mcnemar") {
            let pair = McNemar(onlyFirst: each.count(0), onlySecond: each.count(1))
            expectEqual([pair?.exactPValue, pair?.logEvidence], each.expected, each.numbers)
        }
        #expect(McNemar(onlyFirst: -1, onlySecond: 0) == nil)
        let largest = McNemar(onlyFirst: .max, onlySecond: .max)
        #expect(largest?.exactPValue == nil)
        #expect(largest?.logEvidence.isFinite == true)
    }

    @Test("the correlations agree with SciPy")
    func correlation() throws {
        for each in try Fixtures.cases("correlation") {
            let (x, y) = (each.arrays[0], each.arrays[1])
            expectEqual([Correlation.pearson(x, y), Correlation.spearman(x, y)], each.expected)
        }
    }

    @Test("no correlation of too few, constant or missing values")
    func noCorrelation() {
        for (x, y) in [([], []), ([1.0], [2.0]), ([1, 2], [3, 3]), ([1, .nan], [1, 2]), ([1, 2], [1, 2, 3])] {
            #expect(Correlation.pearson(x, y) == nil)
            #expect(Correlation.spearman(x, y) == nil)
        }
        #expect(Correlation.pearson([1e200, -1e200], [1, 2]) == nil)
        #expect(Correlation.pearson([1, .infinity, 2], [1, 2, 3]) == nil)
        expectEqual([Correlation.spearman([1, 2, .infinity], [2, 4, 8])], [1])
        #expect(averageRanks([5, 1, 5, 5]) == [3, 1, 3, 3])
    }

    @Test("Holm's adjustment agrees with statsmodels")
    func holm() throws {
        for each in try Fixtures.cases("holm") {
            expectEqual(try #require(holmAdjusted(each.arrays[0])), each.expected)
        }
        #expect(holmAdjusted([]) == [])
        #expect(holmAdjusted([0.5, .nan]) == nil)
    }
}
