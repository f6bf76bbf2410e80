import Testing

@testable import Learning

@Suite("Folds")
struct FoldsTests {
    @Test("each row is in one fold, and sizes differ by at most one")
    func partition() throws {
        var generator = SplitMix(seed: 1)
        let folds = try Folds(count: 4, rounds: 2).rows(of: 10, classes: nil, using: &generator)
        #expect(folds.map(\.count) == [3, 3, 2, 2])
        #expect(folds.flatMap { $0 }.sorted() == Array(0..<10))
        let again = try Folds(count: 4, rounds: 2).rows(of: 10, classes: nil, using: &generator)
        #expect(again != folds)
    }

    @Test("each fold has its share of each class")
    func stratified() throws {
        var generator = SplitMix(seed: 1)
        let classes: [Float] = (0..<60).map { $0 % 6 == 0 ? 1 : 0 }
        let folds = try Folds(count: 5, rounds: 1).rows(of: 60, classes: classes, using: &generator)
        #expect(folds.map { $0.filter { classes[Int($0)] == 1 }.count } == [2, 2, 2, 2, 2])
        #expect(folds.map(\.count) == [12, 12, 12, 12, 12])
    }

    @Test("folds without rows and too many models are refused")
    func refused() throws {
        var generator = SplitMix(seed: 1)
        #expect(throws: LearningError.self) {
            try Folds(count: 4, rounds: 1).rows(of: 3, classes: nil, using: &generator)
        }
        #expect(throws: LearningError.self) {
            try Folds(count: 3, rounds: 1).rows(of: 4, classes: [0, 0, 1, 1], using: &generator)
        }
        for (count, rounds) in [(2, 501), (1001, 1), (Int(Int32.max), Int(Int32.max))] {
            #expect(throws: LearningError.self) { try Folds(count: count, rounds: rounds) }
        }
    }

    @Test("the metrics of several models are averaged and formatted like those of a round")
    func means() {
        let results: [[BoostingRounds.Metric]] = [
            [("train-rmse", "1.5"), ("validation-rmse", "3")], [("train-rmse", "2.5"), ("validation-rmse", "4")],
        ]
        let line = XGBoostLearner.means(of: results[...], rounds: 7)
        #expect(line == "[7]#011train-rmse:2.00000#011validation-rmse:3.50000")
    }
}
