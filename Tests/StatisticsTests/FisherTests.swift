import Statistics
import Testing

@Suite("Fisher's exact test")
struct FisherTests {
    /// Computed with whole numbers, as a sum of products of binomial coefficients; SciPy's `hypergeom.sf` agrees.
    @Test(
        "the upper tail is that of the hypergeometric distribution",
        arguments: [
            ((3, 20, 2, 80), 0.053202761892010786), ((0, 10, 5, 50), 1), ((10, 10, 0, 10), 5.412544112234515e-06),
            ((12, 40, 30, 400), 9.598447929464379e-05), ((5, 100, 60, 900), 0.8001156818877161),
            ((400, 1000, 3000, 9000), 1.7117589647109926e-05), ((1, 20, 0, 2000), 0.009900990099009901),
            ((2100, 10000, 19000, 100_000), 8.672406158017516e-07), ((1, 1, 1, 1), 1),
            ((40, 60, 10, 600), 1.40573052979829e-39), ((0, 5, 0, 5), 1),
        ] as [((Int, Int, Int, Int), Double)]
    )
    func upperTail(_ counts: (Int, Int, Int, Int), _ expected: Double) throws {
        let first = try #require(Proportion(successes: counts.0, count: counts.1))
        let second = try #require(Proportion(successes: counts.2, count: counts.3))
        expectRelativelyEqual([FisherTest.upperTail(first, second)], [expected])
    }
}
