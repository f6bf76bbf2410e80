import Testing

@testable import Tuning

@Suite struct GaussianProcessTests {
    /// Values from scikit-learn 1.x: `GaussianProcessRegressor(ConstantKernel(1.7) * Matern([0.3, 0.8], nu=2.5),
    /// alpha=0.01, optimizer=None)`.
    @Test("posterior and likelihood match scikit-learn")
    func scikitLearn() throws {
        let process = try #require(
            GaussianProcess(
                points: [[0.1, 0.9], [0.4, 0.3], [0.75, 0.6], [0.2, 0.15], [0.95, 0.05]],
                values: [0.3, -1.2, 0.8, 0.5, -0.4],
                isCategorical: [false, false],
                .init(variance: 1.7, noise: 0.01, lengthScales: [0.3, 0.8])
            )
        )
        let expected: [(point: [Double], mean: Double, variance: Double)] = [
            ([0.5, 0.5], -0.9019339351653014, 0.21279597337195755),
            ([0.0, 1.0], 0.36721478934942264, 0.29068513183486977),
            ([0.4, 0.31], -1.1744945674334941, 0.010254680944199013),
        ]
        for (point, mean, variance) in expected {
            let posterior = process.posterior(at: point)
            #expect(abs(posterior.mean - mean) < 1e-9)
            #expect(abs(posterior.variance - variance) < 1e-9)
        }
        #expect(abs(process.logMarginalLikelihood + 7.9830497049716564) < 1e-9)
    }

    @Test("adding an observation gives the same process as all observations at once")
    func observing() throws {
        let points = [[0.1, 0.9], [0.4, 0.3], [0.75, 0.6], [0.2, 0.15]]
        let values = [0.3, -1.2, 0.8, 0.5]
        func process(_ count: Int) -> GaussianProcess? {
            GaussianProcess(
                points: Array(points.prefix(count)),
                values: Array(values.prefix(count)),
                isCategorical: [false, false],
                .init(variance: 1.3, noise: 0.02, lengthScales: [0.4, 0.7])
            )
        }
        let whole = try #require(process(4))
        let grown = try #require(process(3)?.observing(values[3], at: points[3]))
        let (first, second) = (whole.posterior(at: [0.3, 0.5]), grown.posterior(at: [0.3, 0.5]))
        #expect(abs(first.mean - second.mean) < 1e-12)
        #expect(abs(first.variance - second.variance) < 1e-12)
        #expect(abs(whole.logMarginalLikelihood - grown.logMarginalLikelihood) < 1e-12)
    }

    @Test("the distance of categories is 0 or 1")
    func categories() throws {
        let process = try #require(
            GaussianProcess(
                points: [[0.1]],
                values: [1],
                isCategorical: [true],
                .init(variance: 1, noise: 1e-9, lengthScales: [0.5])
            )
        )
        #expect(abs(process.posterior(at: [0.1]).mean - 1) < 1e-6)
        #expect(process.covariance([0.1], [0.3]) == process.covariance([0.1], [0.9]))
        // Matérn 5/2 at two length scales: (1 + √20 + 20/3) exp(-√20).
        #expect(abs(process.covariance([0.1], [0.3]) - 0.1386602) < 1e-6)
    }

    @Test("a covariance that is not positive definite has no factor")
    func indefinite() {
        #expect(CholeskyFactor(of: [1, 0, 2, 1], size: 2) == nil)
        #expect(CholeskyFactor(of: [.nan], size: 1) == nil)
    }

    /// Values from SciPy: s (z Φ(z) + φ(z)) with z = (best - mean) / s.
    @Test(
        "expected improvement matches SciPy",
        arguments: [(0.2, 0.25, 0.0, 0.1152194184737265), (-1, 4, -0.5, 1.0726893964471604), (1, 0, 3, 2)]
    )
    func improvement(mean: Double, variance: Double, best: Double, expected: Double) {
        #expect(abs(expectedImprovement(mean: mean, variance: variance, best: best) - expected) < 1e-12)
    }

    @Test("slice sampling reproduces the mean and variance of a normal density")
    func slices() {
        var source = RandomSource(seed: 5)
        var sampler = SliceSampler(start: [0]) { -0.5 * (($0[0] - 3) / 2) * (($0[0] - 3) / 2) }
        var values: [Double] = []
        for _ in 0..<4000 {
            sampler.step(using: &source)
            values.append(sampler.current[0])
        }
        let mean = values.reduce(0, +) / 4000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(mean - 3) < 0.25)
        #expect(abs(variance.squareRoot() - 2) < 0.2)
    }
}
