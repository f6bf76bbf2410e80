/// How often a classifier was right and wrong, by class. Classes are numbered from 0.
///
/// The averages of F1 are over the classes that occur, in truth or in predictions, as in scikit-learn.
package struct MulticlassConfusion: Equatable, Sendable {
    private struct Tally: Equatable, Sendable {
        var correct = 0
        var actual = 0
        var predicted = 0

        /// Returns (1 + β²)·correct / (β²·actual + predicted), or `nil` if the class does not occur.
        func f(beta: Double) -> Double? {
            let weight = beta * beta
            let occurrences = weight * Double(actual) + Double(predicted)
            return occurrences > 0 ? (1 + weight) * Double(correct) / occurrences : nil
        }

        /// `nil` if the class was never predicted.
        var precision: Double? { predicted > 0 ? Double(correct) / Double(predicted) : nil }
    }

    private var tallies: [Tally]
    package private(set) var count = 0
    private var correct = 0

    package init(classCount: Int) {
        tallies = Array(repeating: Tally(), count: max(0, classCount))
    }

    /// - Returns: `false` if one of the classes does not exist; the case is not counted.
    @discardableResult
    package mutating func add(truth: Int, predicted: Int) -> Bool {
        guard tallies.indices.contains(truth), tallies.indices.contains(predicted) else { return false }
        count = count.saturatingSum(1)
        tallies[truth].actual = tallies[truth].actual.saturatingSum(1)
        tallies[predicted].predicted = tallies[predicted].predicted.saturatingSum(1)
        if truth == predicted {
            correct = correct.saturatingSum(1)
            tallies[truth].correct = tallies[truth].correct.saturatingSum(1)
        }
        return true
    }

    /// `nil` without cases.
    package var accuracy: Double? { count > 0 ? Double(correct) / Double(count) : nil }

    /// The unweighted mean of the F1 of the classes. `nil` without cases.
    package var macroF1: Double? {
        let scores = tallies.compactMap { $0.f(beta: 1) }
        return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
    }

    /// The mean of the F1 of the classes, weighted by how often each is true. `nil` without cases.
    package var weightedF1: Double? { weightedF(beta: 1) }

    /// Returns the mean of the F of the classes, weighted by how often each is true. `nil` without cases.
    ///
    /// - Parameter beta: How much more recall is valued than precision.
    package func weightedF(beta: Double) -> Double? { weighted { $0.f(beta: beta) } }

    /// The mean of the precision of the classes, weighted by how often each is true; 0 for one that was never predicted. `nil` without
    /// cases.
    package var weightedPrecision: Double? { weighted(\.precision) }

    /// The mean of the recall of the classes, weighted by how often each is true, which is the accuracy. `nil` without cases.
    package var weightedRecall: Double? { accuracy }

    private func weighted(_ score: (Tally) -> Double?) -> Double? {
        guard count > 0 else { return nil }
        return tallies.reduce(0) { $0 + (score($1) ?? 0) * (Double($1.actual) / Double(count)) }
    }
}
