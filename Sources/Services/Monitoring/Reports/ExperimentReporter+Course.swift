import Definitions
import Foundation
import Pipelines
import Statistics

/// A comparison over time.
extension ExperimentReporter {
    /// The most moments of a comparison.
    private static let momentLimit = 200

    /// The outcomes of one arm, from 0 to 1.
    private struct Sums {
        var count = 0
        var sum = 0.0
        var squares = 0.0

        mutating func add(_ outcomes: ExperimentInputs.Outcomes, squares: Double) {
            count += outcomes.count
            sum += outcomes.sum
            self.squares += squares
        }

        /// `nil` unless all outcomes are 0 or 1. Only these are their own squares.
        var proportion: Proportion? {
            sum == squares ? Proportion(successes: Int(saturating: sum), count: count) : nil
        }

        var moments: Moments? {
            guard count > 0 else { return nil }
            let mean = sum / Double(count)
            return Moments(count: count, mean: mean, squaredDeviations: count > 1 ? max(0, squares - sum * mean) : 0)
        }
    }

    /// Returns the evidence of a challenger against the champion, and the difference, over time.
    func course(of challenger: Int, alpha: Double) -> [ArmComparison.Point] {
        var process = EProcess()
        // An interval holds for constant shares.
        var sums: [[Double]: (champion: Sums, challenger: Sums)] = [:]
        var weights: [Double] = []
        var assignments = inputs.assignments.lazy.filter { $0.units.contains { $0 > 0 } }.makeIterator()
        var next = assignments.next()
        var moments: [ArmComparison.Point] = []
        for batch in inputs.batches {
            while let assigned = next, assigned.time <= batch.time {
                weights = assigned.weights
                next = assignments.next()
            }
            guard let pair = Self.pair(batch.weights, batch.outcomes, challenger), process.add(pair) else { continue }
            var moment = ArmComparison.Point(
                time: Date(milliseconds: batch.time),
                better: Evidence.factor(process.better.logarithm),
                worse: Evidence.factor(process.worse.logarithm),
                share: pair.weight
            )
            if let squares = batch.squares, squares.count == batch.outcomes.count {
                var both = sums[batch.weights] ?? (Sums(), Sums())
                both.champion.add(batch.outcomes[0], squares: squares[0])
                both.challenger.add(batch.outcomes[challenger], squares: squares[challenger])
                sums[batch.weights] = both
                // Labels of units that were assigned by earlier shares still come.
                if batch.weights == weights {
                    (moment.difference, moment.sequence) = difference(both.champion, both.challenger, alpha)
                }
            }
            moments.append(moment)
        }
        guard moments.count > Self.momentLimit else { return moments }
        // The last one is among them.
        return (1...Self.momentLimit).map { moments[$0 * moments.count / Self.momentLimit - 1] }
    }

    /// Returns the difference in the unit of the goal, with the interval that is valid at any time.
    private func difference(_ champion: Sums, _ challenger: Sums, _ alpha: Double) -> (Double?, ValueRange?) {
        guard let range = goal.range, let first = champion.moments, let second = challenger.moments,
            let one = first.mean, let two = second.mean
        else { return (nil, nil) }
        let sequence =
            if goal.isRate, let first = champion.proportion, let second = challenger.proportion {
                ConfidenceSequence(rates: ProportionDifference(first, second))
            } else {
                ConfidenceSequence(means: first, second)
            }
        // Of the outcomes, more is better.
        let scale = (range.upperBound - range.lowerBound) * (goal.isHigherBetter ? 1 : -1)
        guard case let found = (two - one) * scale, found.isFinite else { return (nil, nil) }
        let interval = sequence?.interval(alpha: alpha).flatMap { interval -> ValueRange? in
            let ends = [interval.lower * scale, interval.upper * scale].sorted()
            return ends.allSatisfy(\.isFinite) ? ValueRange(lower: ends[0], upper: ends[1]) : nil
        }
        return (found, interval)
    }
}
