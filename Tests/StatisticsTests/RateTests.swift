import Statistics
import Testing

@Suite struct RateTests {
    @Test("Wilson's interval agrees with statsmodels")
    func wilson() throws {
        for each in try Fixtures.cases("wilson") {
            let rate = Proportion(successes: each.count(0), count: each.count(1))
            let interval = rate?.wilsonInterval(alpha: each.numbers[2])
            expectEqual([interval?.lower, interval?.upper], each.expected, each.numbers)
        }
    }

    @Test("the intervals and the test of two rates agree with statsmodels")
    func difference() throws {
        for each in try Fixtures.cases("two rates") {
            let first = try #require(Proportion(successes: each.count(0), count: each.count(1)))
            let second = try #require(Proportion(successes: each.count(2), count: each.count(3)))
            let difference = ProportionDifference(first, second)
            let newcombe = difference.newcombeInterval(alpha: each.numbers[4])
            let wald = difference.waldInterval(alpha: each.numbers[4])
            let test = difference.pooledTest()
            let values = [
                newcombe?.lower, newcombe?.upper, wald?.lower, wald?.upper, test?.statistic, test?.pValue,
            ]
            expectEqual(values, each.expected, each.numbers)
        }
    }

    @Test("impossible counts are not a rate")
    func impossible() {
        #expect(Proportion(successes: 0, count: 0) == nil)
        #expect(Proportion(successes: -1, count: 3) == nil)
        #expect(Proportion(successes: 4, count: 3) == nil)
    }

    @Test("samples without variance have no Wald interval and no test, but Newcombe's interval")
    func constant() throws {
        let none = try #require(Proportion(successes: 0, count: 10))
        let same = ProportionDifference(none, none)
        #expect(same.waldInterval(alpha: 0.05) == nil)
        #expect(same.pooledTest() == nil)
        let interval = try #require(same.newcombeInterval(alpha: 0.05))
        #expect(interval.lower < 0 && interval.upper > 0)
        #expect(none.wilsonInterval(alpha: 0) == nil)
    }

    @Test("the largest counts do not trap")
    func large() throws {
        let half = try #require(Proportion(successes: .max / 2, count: .max))
        let difference = ProportionDifference(half, half)
        #expect(half.wilsonInterval(alpha: 0.05) != nil)
        #expect(difference.pooledTest()?.pValue == 1)
        #expect(difference.newcombeInterval(alpha: 0.05) != nil)
    }
}
