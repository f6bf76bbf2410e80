import Statistics
import Testing

@Suite struct DistributionTests {
    @Test("the normal distribution agrees with SciPy in both tails")
    func normal() throws {
        for each in try Fixtures.cases("normal") {
            let z = each.numbers[0]
            let values = [NormalDistribution.cumulative(z), NormalDistribution.survival(z)]
            expectRelativelyEqual(values, each.expected, each.numbers)
        }
        for each in try Fixtures.cases("normal quantile") {
            expectRelativelyEqual([NormalDistribution.quantile(each.numbers[0])], each.expected, each.numbers)
        }
    }

    @Test("Student's distribution agrees with mpmath and SciPy, from half a degree of freedom to a billion")
    func student() throws {
        for each in try Fixtures.cases("t") {
            let (t, freedom) = (each.numbers[0], each.numbers[1])
            let values = [
                StudentDistribution.cumulative(t, degreesOfFreedom: freedom),
                StudentDistribution.survival(t, degreesOfFreedom: freedom),
            ]
            expectRelativelyEqual(values, each.expected, each.numbers)
        }
        for each in try Fixtures.cases("t quantile") {
            let (p, freedom) = (each.numbers[0], each.numbers[1])
            let t = StudentDistribution.quantile(p, degreesOfFreedom: freedom)
            expectRelativelyEqual([t], each.expected, each.numbers)
        }
    }

    @Test("the chi-squared, binomial and Kolmogorov tails agree with SciPy")
    func others() throws {
        for each in try Fixtures.cases("chi-squared") {
            let tail = ChiSquaredDistribution.survival(each.numbers[0], degreesOfFreedom: each.numbers[1])
            expectRelativelyEqual([tail], each.expected, each.numbers)
        }
        for each in try Fixtures.cases("binomial") {
            let (k, n, p) = (each.count(0), each.count(1), each.numbers[2])
            let tails = [
                BinomialDistribution.lowerTail(k, trials: n, probability: p),
                BinomialDistribution.upperTail(k, trials: n, probability: p),
            ]
            expectRelativelyEqual(tails, each.expected, each.numbers)
        }
        for each in try Fixtures.cases("kolmogorov") {
            expectRelativelyEqual([KolmogorovDistribution.survival(each.numbers[0])], each.expected, each.numbers)
        }
    }

    @Test("the incomplete beta function keeps tails that a double cannot hold")
    func incompleteBeta() throws {
        for each in try Fixtures.cases("incomplete beta") {
            let beta = IncompleteBeta(a: each.numbers[0], b: each.numbers[1], x: each.numbers[2])
            expectEqual([beta?.logLower, beta?.logUpper], each.expected, each.numbers)
        }
        for each in try Fixtures.cases("log beta") {
            expectEqual([logBeta(each.numbers[0], each.numbers[1])], each.expected, each.numbers)
        }
    }

    @Test("arguments outside a distribution have no value")
    func outside() {
        for p in [0, 1, -0.1, 1.1, Double.nan] {
            #expect(NormalDistribution.quantile(p) == nil)
            #expect(NormalDistribution.critical(alpha: p) == nil)
            #expect(StudentDistribution.quantile(p, degreesOfFreedom: 3) == nil)
        }
        for freedom in [0, -1, Double.nan, .infinity] {
            #expect(StudentDistribution.survival(1, degreesOfFreedom: freedom) == nil)
            #expect(ChiSquaredDistribution.survival(1, degreesOfFreedom: freedom) == nil)
        }
        #expect(StudentDistribution.survival(.nan, degreesOfFreedom: 3) == nil)
        #expect(ChiSquaredDistribution.survival(.nan, degreesOfFreedom: 3) == nil)
        #expect(KolmogorovDistribution.survival(.nan) == nil)
        #expect(IncompleteBeta(a: 0, b: 1, x: 0.5) == nil)
        #expect(IncompleteBeta(a: 1, b: 1, x: 1.5) == nil)
        #expect(IncompleteBeta(a: 1e300, b: 1, x: 0.5) == nil)
        #expect(logBeta(-1, 1) == nil)
        #expect(BinomialDistribution.lowerTail(3, trials: 2, probability: 0.5) == nil)
        #expect(BinomialDistribution.upperTail(-1, trials: 2, probability: 0.5) == nil)
    }

    @Test("the ends of a distribution have exact values")
    func ends() {
        #expect(NormalDistribution.survival(-.infinity) == 1)
        #expect(StudentDistribution.survival(.infinity, degreesOfFreedom: 2) == 0)
        #expect(StudentDistribution.survival(-.infinity, degreesOfFreedom: 1e9) == 1)
        #expect(ChiSquaredDistribution.survival(-1, degreesOfFreedom: 2) == 1)
        #expect(ChiSquaredDistribution.survival(.infinity, degreesOfFreedom: 2) == 0)
        #expect(KolmogorovDistribution.survival(0) == 1)
        #expect(IncompleteBeta(a: 2, b: 3, x: 0)?.lower == 0)
        #expect(IncompleteBeta(a: 2, b: 3, x: 1)?.upper == 0)
        #expect(BinomialDistribution.lowerTail(0, trials: 0, probability: 0.3) == 1)
        #expect(BinomialDistribution.upperTail(1, trials: 1, probability: 1) == 1)
    }
}
