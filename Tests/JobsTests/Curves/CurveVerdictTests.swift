import Definitions
import Foundation
import Testing

@testable import Jobs

@Suite("Verdicts of learning curves")
struct CurveVerdictTests {
    private static func verdict(
        _ points: [(percent: Int, values: [Double])],
        _ direction: TuningDefinition.Objective.Direction = .minimize
    ) -> CurveVerdict {
        CurveVerdict(points, metric: "validation:rmse", direction)
    }

    /// The interval by hand: s = 0.1, k = 4, so the standard error is 0.1 · √(1/4 + 1/2), and t₀.₉₇₅ of 3 degrees is 3.18245.
    @Test("a gain has the interval of Student's distribution, with the noise of both sizes")
    func interval() throws {
        let half = 0.1 * sqrt(3.0 / 4)
        let gain = try #require(Self.verdict([(50, [2 - half, 2 - half, 2 + half, 2 + half]), (100, [1])]).gain)
        let interval = try #require(gain.interval)
        #expect(abs(gain.value - 1) < 1e-9)
        #expect(abs(interval.upper - (1 + 3.182446 * 0.1 * sqrt(0.75))) < 1e-5)
        #expect(abs(interval.lower - (1 - 3.182446 * 0.1 * sqrt(0.75))) < 1e-5)
    }

    @Test("a step that is larger than the noise helped, or hurt")
    func helped() {
        let noisy = [1.99, 2.0, 2.01, 2.0, 2.0]
        #expect(Self.verdict([(10, [4]), (50, noisy), (100, [1.5])]).verdict == .helped)
        #expect(Self.verdict([(10, [4]), (50, noisy), (100, [2.5])]).verdict == .hurt)
        #expect(Self.verdict([(10, [1]), (50, noisy), (100, [2.5])], .maximize).verdict == .helped)
    }

    @Test("a flat end is within the noise")
    func flat() {
        let noisy = [1.99, 2.0, 2.01, 2.0, 2.0]
        #expect(Self.verdict([(10, [4]), (50, noisy), (100, [2.001])]).verdict == .withinNoise)
        #expect(Self.verdict([(10, [2]), (50, [2, 2, 2]), (100, [2])]).verdict == .withinNoise)
    }

    @Test("a change is said of the value itself, with three digits and a real minus")
    func words() {
        let noisy = [1.0, 2, 3]
        #expect(
            Self.verdict([(10, [2.1]), (50, noisy), (100, [1.9])]).summary.hasPrefix(
                "The last step, from 50 % to 100 % of the data, lowered validation:rmse by 0.1 [−"
            )
        )
        #expect(
            Self.verdict([(10, [2.1]), (50, noisy), (100, [2.12345])]).summary.contains(
                "raised validation:rmse by 0.123 [−"
            )
        )
        #expect(Self.verdict([(10, [2.1]), (50, noisy), (100, [1.9])], .maximize).summary.contains("lowered"))
    }

    @Test("without several samples, or with too much noise, there is not enough evidence")
    func unknown() {
        #expect(Self.verdict([(50, [2]), (100, [1])]).verdict == .notEnoughEvidence)
        #expect(Self.verdict([(10, [2.1]), (50, [1, 2, 3]), (100, [1.9])]).verdict == .notEnoughEvidence)
        #expect(Self.verdict([(50, [2, 2.1]), (100, [])]).verdict == .notEnoughEvidence)
        #expect(Self.verdict([]).verdict == .notEnoughEvidence)
    }

    @Test("samples depend only on the seed, and have each line once")
    func samples() {
        let numbers = Array(0..<UInt32(1000))
        let one = CurveSamples.shuffled(numbers, seed: 1, salt: 1)
        #expect(one == CurveSamples.shuffled(numbers, seed: 1, salt: 1))
        #expect(one != CurveSamples.shuffled(numbers, seed: 1, salt: 2))
        #expect(one != CurveSamples.shuffled(numbers, seed: 2, salt: 1))
        #expect(one.sorted() == numbers)
        // The first tenth is spread over all: its mean is within four standard errors of the middle.
        let mean = one.prefix(100).reduce(0.0) { $0 + Double($1) } / 100
        #expect(abs(mean - 499.5) < 4 * 288.7 / 10)
    }

    @Test(
        "a metric's name says which way is up",
        arguments: [
            ("validation:rmse", TuningDefinition.Objective.Direction.minimize), ("validation:auc", .maximize),
            ("test:mse", .minimize), ("accuracy", .maximize),
        ]
    )
    func direction(metric: String, expected: TuningDefinition.Objective.Direction) {
        #expect(CurveMetric.direction(of: metric) == expected)
        #expect(CurveMetric.direction(of: "validation:profit") == nil)
    }
}
