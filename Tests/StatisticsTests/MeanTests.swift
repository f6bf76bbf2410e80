import Statistics
import Testing

@Suite struct MeanTests {
    @Test("the interval of a mean and Welch's test agree with SciPy, for tiny values too")
    func means() throws {
        for each in try Fixtures.cases("means") {
            let (first, second, scale) = (Moments(each.arrays[0]), Moments(each.arrays[1]), each.arrays[2][0])
            let mean = first.meanInterval(alpha: each.numbers[0])
            let test = WelchTest(first, second)
            let interval = test?.interval(alpha: each.numbers[0])
            let scaled = [mean?.lower, mean?.upper].map { $0.map { $0 / scale } }
            expectEqual(scaled, Array(each.expected[..<2]), [scale])
            let results = [test?.result.statistic, test?.result.pValue, test?.degreesOfFreedom]
            expectEqual(results, Array(each.expected[2..<5]), [scale])
            let bounds = [interval?.lower, interval?.upper].map { $0.map { $0 / scale } }
            expectEqual(bounds, Array(each.expected[5...]), [scale])
        }
    }

    @Test("merged moments are those of all values")
    func merged() throws {
        let values = try Fixtures.cases("means")[1].arrays[1]
        var merged = Moments(values[..<7])
        merged.merge(Moments())
        merged.merge(Moments(values[7...]))
        let all = Moments(values)
        #expect(merged.count == all.count)
        expectEqual([merged.mean, merged.variance], [try #require(all.mean), try #require(all.variance)])
        var empty = Moments()
        empty.merge(all)
        #expect(empty.mean == all.mean)
    }

    @Test("values that are not finite are left out and counted")
    func notFinite() {
        let moments = Moments([1, .nan, 3, .infinity])
        #expect(moments.count == 2)
        #expect(moments.excluded == 2)
        #expect(moments.mean == 2)
        #expect(moments.variance == 2)
    }

    @Test("too little data has no variance, no interval and no test")
    func tooLittle() {
        let one = Moments([3])
        let constant = Moments([3, 3, 3])
        #expect(Moments().mean == nil)
        #expect(one.mean == 3)
        #expect(one.variance == nil)
        #expect(one.meanInterval(alpha: 0.05) == nil)
        #expect(constant.variance == 0)
        #expect(constant.meanInterval(alpha: 0.05) == nil)
        #expect(WelchTest(one, Moments([1, 2])) == nil)
        #expect(WelchTest(constant, constant) == nil)
        #expect(WelchTest(constant, Moments([1, 2]))?.degreesOfFreedom == 1)
        #expect(Moments([-1e308, 1e308]).variance == nil)
        #expect(Moments([1, 2]).meanInterval(alpha: 1) == nil)
    }
}
