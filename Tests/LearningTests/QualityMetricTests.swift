import Testing

@testable import Learning

/// The expected values are computed by hand from the definitions, or are from scikit-learn's documentation.
@Suite("Metrics of predictions")
struct QualityMetricTests {
    /// Per class: precision 2/3, 1/2, 2/3; recall 1, 1/2, 1/2; f1 4/5, 1/2, 4/7.
    @Test(
        "metrics of three classes",
        arguments: [
            (QualityMetric.accuracy, 0.625), (QualityMetric.balancedAccuracy, 0.666666666666667),
            (QualityMetric.f1Macro, 0.623809523809524), (QualityMetric.precisionMacro, 0.611111111111111),
            (QualityMetric.recallMacro, 0.666666666666667), (QualityMetric.precisionMicro, 0.625),
        ] as [(QualityMetric, Double)]
    )
    func classes(_ metric: QualityMetric, _ expected: Double) {
        let labels: [Float] = [0, 1, 2, 2, 1, 0, 2, 2]
        let predictions: [Float] = [0, 2, 2, 1, 1, 0, 2, 0]
        #expect((metric.value(labels: labels, predictions: predictions) - expected).magnitude < 1e-9)
    }

    @Test("metrics of two classes are those of class 1")
    func binary() {
        let labels: [Float] = [1, 0, 1, 1, 0]
        let predictions: [Float] = [1, 1, 0, 1, 0]
        #expect(QualityMetric.precision.value(labels: labels, predictions: predictions) == 2.0 / 3)
        #expect(QualityMetric.recall.value(labels: labels, predictions: predictions) == 2.0 / 3)
        #expect(QualityMetric.f1.value(labels: labels, predictions: predictions) == 2.0 / 3)
    }

    @Test("metrics of numbers")
    func numbers() {
        // scikit-learn's example: r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) = 0.948…, mean_squared_error = 0.375
        let labels: [Float] = [3, -0.5, 2, 7]
        let predictions: [Float] = [2.5, 0, 2, 8]
        #expect(QualityMetric.mse.value(labels: labels, predictions: predictions) == 0.375)
        #expect((QualityMetric.r2.value(labels: labels, predictions: predictions) - 0.948_608_137).magnitude < 1e-8)
    }

    @Test("the area under the curve counts a tie as one half")
    func area() {
        // scikit-learn's example: roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.75
        #expect(RankedScores(scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1]).areaUnderCurve == 0.75)
        #expect(RankedScores(scores: [1, 1, 1, 1], labels: [0, 0, 1, 1]).areaUnderCurve == 0.5)
    }

    @Test("the minimizer finds the minimum of Rosenbrock's function at (1, 1)")
    func rosenbrock() {
        var minimizer = Minimizer()
        minimizer.maxIterations = 1000
        let found = minimizer.minimum(from: [-1.2, 1]) { p in
            let (x, y) = (p[0], p[1])
            let value = (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)
            return (value, [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
        } onIteration: { _, _, _ in
            true
        }
        #expect((found[0] - 1).magnitude < 1e-5)
        #expect((found[1] - 1).magnitude < 1e-5)
    }

    @Test("a penalty on magnitudes sets the coordinates that it outweighs to zero")
    func penalty() {
        // ½(x − a)² + λ|x| has its minimum at a − λ for a > λ, and at 0 for |a| ≤ λ.
        var minimizer = Minimizer()
        minimizer.magnitudePenalties = [1, 1, 1]
        let middle = [3.0, 0.5, -2.0]
        let found = minimizer.minimum(from: [0, 0, 0]) { p in
            (zip(p, middle).reduce(0) { $0 + 0.5 * ($1.0 - $1.1) * ($1.0 - $1.1) }, zip(p, middle).map { $0 - $1 })
        } onIteration: { _, _, _ in
            true
        }
        #expect((found[0] - 2).magnitude < 1e-6)
        #expect(found[1] == 0)
        #expect((found[2] + 1).magnitude < 1e-6)
    }
}
