import Glibc

/// The quality of predicted scores and probabilities of classes.
package enum ProbabilityQuality {
    /// Returns the area under the ROC curve: the chance that a positive has a higher score than a negative. A tie counts half.
    ///
    /// - Returns: `nil` if there are only positives or only negatives, or a score is not a number, or the lengths differ.
    package static func rocAUC(truth: [Bool], scores: [Double]) -> Double? {
        guard truth.count == scores.count, let ranks = averageRanks(scores) else { return nil }
        var positives = 0.0
        var rankSum = 0.0
        for (isPositive, rank) in zip(truth, ranks) where isPositive {
            positives += 1
            rankSum += rank
        }
        let negatives = Double(truth.count) - positives
        guard positives > 0, negatives > 0 else { return nil }
        return (rankSum - positives * (positives + 1) / 2) / positives / negatives
    }

    /// Returns the mean of −ln(probability of the true class).
    ///
    /// - Parameter probabilities: That of the positive class.
    /// - Returns: `nil` without cases, for a probability outside [0, 1], or if the lengths differ.
    package static func logLoss(truth: [Bool], probabilities: [Double]) -> Double? {
        guard truth.count == probabilities.count, !truth.isEmpty else { return nil }
        var sum = 0.0
        for (isPositive, probability) in zip(truth, probabilities) {
            guard let loss = loss(isPositive ? probability : 1 - probability) else { return nil }
            sum += loss
        }
        return sum / Double(truth.count)
    }

    /// Returns the mean of −ln(probability of the true class).
    ///
    /// - Parameter probabilities: Of each class, for each case. They are used as they are, even if they do not add up to 1.
    /// - Returns: `nil` without cases, for a class that has no probability, for a probability outside [0, 1], or if the lengths
    ///   differ.
    package static func logLoss(truth: [Int], probabilities: [[Double]]) -> Double? {
        guard truth.count == probabilities.count, !truth.isEmpty else { return nil }
        var sum = 0.0
        for (actual, row) in zip(truth, probabilities) {
            guard row.indices.contains(actual), let loss = loss(row[actual]) else { return nil }
            sum += loss
        }
        return sum / Double(truth.count)
    }

    /// As in scikit-learn, a probability is kept one unit of precision away from 0 and 1.
    private static func loss(_ probability: Double) -> Double? {
        guard (0.0...1.0).contains(probability) else { return nil }
        return -log(min(max(probability, .ulpOfOne), 1 - .ulpOfOne))
    }
}
