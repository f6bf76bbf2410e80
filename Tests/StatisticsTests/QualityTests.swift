import Statistics
import Testing

@Suite struct QualityTests {
    @Test("the quality of a binary classifier agrees with scikit-learn")
    func binary() throws {
        for each in try Fixtures.cases("binary quality") {
            let truth = each.arrays[0].map { $0 == 1 }
            var (left, right) = (BinaryConfusion(), BinaryConfusion())
            for (index, isPositive) in truth.enumerated() {
                let predicted = each.arrays[1][index] == 1
                if index < 7 {
                    left.add(truth: isPositive, predicted: predicted)
                } else {
                    right.add(truth: isPositive, predicted: predicted)
                }
            }
            left.merge(right)
            #expect(left.count == truth.count)
            let values = [
                left.accuracy, left.precision, left.recall, left.f1,
                ProbabilityQuality.rocAUC(truth: truth, scores: each.arrays[2]),
                ProbabilityQuality.logLoss(truth: truth, probabilities: each.arrays[2]),
            ]
            expectEqual(values, each.expected)
        }
    }

    @Test("the quality of a classifier of several classes agrees with scikit-learn")
    func multiclass() throws {
        for each in try Fixtures.cases("multiclass quality") {
            let k = each.count(0)
            // One class does not occur at all.
            var confusion = MulticlassConfusion(classCount: k + 1)
            for (truth, predicted) in zip(each.arrays[0], each.arrays[1]) {
                confusion.add(truth: Int(truth), predicted: Int(predicted))
            }
            let rows = stride(from: 0, to: each.arrays[2].count, by: k).map { Array(each.arrays[2][$0..<$0 + k]) }
            let loss = ProbabilityQuality.logLoss(truth: each.arrays[0].map { Int($0) }, probabilities: rows)
            expectEqual([confusion.accuracy, confusion.macroF1, confusion.weightedF1, loss], each.expected)
        }
    }

    @Test("the errors of predicted numbers agree with scikit-learn, merged too")
    func regression() throws {
        for each in try Fixtures.cases("regression quality") {
            var (left, right) = (RegressionQuality(), RegressionQuality())
            for (index, truth) in each.arrays[0].enumerated() {
                let predicted = each.arrays[1][index]
                if index < 20 {
                    left.add(truth: truth, predicted: predicted)
                } else {
                    right.add(truth: truth, predicted: predicted)
                }
            }
            left.add(truth: .nan, predicted: 1)
            left.merge(right)
            #expect(left.excluded == 1)
            expectEqual([left.rootMeanSquaredError, left.meanAbsoluteError, left.rSquared], each.expected)
        }
    }

    @Test("the quantiles agree with NumPy")
    func quantiles() throws {
        for each in try Fixtures.cases("quantiles") {
            let values = each.arrays[1].map { SortedNumbers(each.arrays[0]).quantile(at: $0) }
            expectEqual(values, each.expected)
        }
        #expect(SortedNumbers([]).quantile(at: 0.5) == nil)
        #expect(SortedNumbers([4]).quantile(at: 0.99) == 4)
        #expect(SortedNumbers([4, 5]).quantile(at: 1.01) == nil)
        #expect(SortedNumbers([1, .infinity]).quantile(at: 1) == .infinity)
        #expect(SortedNumbers([-.infinity, .infinity]).quantile(at: 0.5) == nil)
    }

    @Test("the share over a budget leaves out values at the budget")
    func shareOver() {
        #expect(SortedNumbers([1, 2, 2, 3]).shareOver(2) == Proportion(successes: 1, count: 4))
        #expect(SortedNumbers([1, 2]).shareOver(0) == Proportion(successes: 2, count: 2))
        #expect(SortedNumbers([1, 2]).shareOver(9) == Proportion(successes: 0, count: 2))
        #expect(SortedNumbers([]).shareOver(9) == nil)
    }

    @Test("a curve has a point for each different score, and none without both classes")
    func thresholdCurve() throws {
        // The examples of sklearn.metrics.roc_curve and precision_recall_curve, with a tie more.
        let curve = try #require(
            ThresholdCurve(truth: [false, false, true, true, false], scores: [0.1, 0.4, 0.35, 0.8, 0.35])
        )
        let points = curve.receiverOperatingCharacteristic
        expectEqual(points.map(\.falsePositiveRate), [0, 0, 1.0 / 3, 2.0 / 3, 1])
        expectEqual(points.map(\.truePositiveRate), [0, 0.5, 0.5, 1, 1])
        expectEqual(curve.precisionRecall.map(\.precision), [1, 1, 0.5, 0.5, 0.4])
        expectEqual(curve.precisionRecall.map(\.recall), [0, 0.5, 0.5, 1, 1])
        expectEqual([curve.precisionRecallArea], [0.75])
        #expect(ThresholdCurve(truth: [], scores: []) == nil)
        #expect(ThresholdCurve(truth: [true, true], scores: [1, 2]) == nil)
        #expect(ThresholdCurve(truth: [true, false], scores: [1, .nan]) == nil)
        #expect(ThresholdCurve(truth: [true, false], scores: [1]) == nil)
    }

    @Test("precision and recall are weighed by beta, and classes by how often they are true")
    func weighted() throws {
        let binary = try #require(
            BinaryConfusion(truePositives: 1, falsePositives: 2, trueNegatives: 1, falseNegatives: 0)
        )
        expectEqual([binary.f(beta: 0.5), binary.f(beta: 1), binary.f(beta: 2)], [1.25 / 3.25, 0.5, 5.0 / 7])
        expectEqual(
            [binary.trueNegativeRate, binary.falsePositiveRate, binary.falseNegativeRate],
            [1.0 / 3, 2.0 / 3, 0]
        )
        var classes = MulticlassConfusion(classCount: 3)
        for (truth, predicted) in [(0, 0), (0, 1), (1, 1), (2, 1)] { classes.add(truth: truth, predicted: predicted) }
        expectEqual([classes.weightedPrecision, classes.weightedRecall], [0.5 + 0.25 / 3, 0.5])
        expectEqual([classes.weightedF(beta: 2)], [0.5 * 5 / 9 + 0.25 * 5 / 7])
    }

    @Test("what is not defined has no value")
    func undefined() throws {
        let empty = BinaryConfusion()
        #expect([empty.accuracy, empty.precision, empty.recall, empty.f1] == [nil, nil, nil, nil])
        #expect([empty.trueNegativeRate, empty.falsePositiveRate, empty.falseNegativeRate] == [nil, nil, nil])
        let negatives = try #require(
            BinaryConfusion(truePositives: 0, falsePositives: 0, trueNegatives: 9, falseNegatives: 0)
        )
        #expect([negatives.accuracy, negatives.precision, negatives.recall, negatives.f1] == [1, nil, nil, nil])
        #expect(BinaryConfusion(truePositives: -1, falsePositives: 0, trueNegatives: 9, falseNegatives: 0) == nil)
        let largest = BinaryConfusion(
            truePositives: .max,
            falsePositives: .max,
            trueNegatives: .max,
            falseNegatives: .max
        )
        #expect(largest?.count == .max)
        #expect(largest?.f1 == 0.5)

        var classes = MulticlassConfusion(classCount: 2)
        #expect([classes.accuracy, classes.macroF1, classes.weightedF1] == [nil, nil, nil])
        expectRejected(classes.add(truth: 0, predicted: 2))
        expectRejected(classes.add(truth: -1, predicted: 0))
        #expect(classes.count == 0)

        #expect(ProbabilityQuality.rocAUC(truth: [], scores: []) == nil)
        #expect(ProbabilityQuality.rocAUC(truth: [true, true], scores: [1, 2]) == nil)
        #expect(ProbabilityQuality.rocAUC(truth: [true, false], scores: [1, .nan]) == nil)
        #expect(ProbabilityQuality.rocAUC(truth: [true, false], scores: [1, 1]) == 0.5)
        #expect(ProbabilityQuality.logLoss(truth: [true], probabilities: [1.5]) == nil)
        #expect(ProbabilityQuality.logLoss(truth: [Bool](), probabilities: []) == nil)
        #expect(ProbabilityQuality.logLoss(truth: [1], probabilities: [[1]]) == nil)

        var regression = RegressionQuality()
        #expect(regression.rootMeanSquaredError == nil)
        regression.add(truth: 1, predicted: 2)
        regression.add(truth: 1, predicted: 1)
        #expect(regression.meanAbsoluteError == 0.5)
        #expect(regression.rSquared == nil)
    }
}
