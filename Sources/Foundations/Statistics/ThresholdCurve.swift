/// How a classifier of two classes trades one kind of mistake for the other, as the threshold of its score goes down.
package struct ThresholdCurve: Equatable, Sendable {
    /// One for each different score, from the highest: what is at least as high counts as positive.
    package let confusions: [BinaryConfusion]

    /// - Returns: `nil` if there are only positives or only negatives, or a score is not a number, or the lengths differ.
    package init?(truth: [Bool], scores: [Double]) {
        guard truth.count == scores.count, truth.contains(true), truth.contains(false), !scores.contains(where: \.isNaN)
        else { return nil }
        let negatives = truth.count { !$0 }
        let positives = truth.count - negatives
        var (found, wrong) = (0, 0)
        var confusions: [BinaryConfusion] = []
        let order = truth.indices.sorted { scores[$0] > scores[$1] }
        for (position, index) in order.enumerated() {
            if truth[index] { found += 1 } else { wrong += 1 }
            let isLast = position + 1 == order.count
            guard isLast || scores[order[position + 1]] < scores[index] else { continue }
            let confusion = BinaryConfusion(
                truePositives: found,
                falsePositives: wrong,
                trueNegatives: negatives - wrong,
                falseNegatives: positives - found
            )
            if let confusion { confusions.append(confusion) }
        }
        self.confusions = confusions
    }

    /// The points of the ROC curve: the rates of false and of true positives, from (0, 0) to (1, 1).
    package var receiverOperatingCharacteristic: [(falsePositiveRate: Double, truePositiveRate: Double)] {
        [(0, 0)] + confusions.map { ($0.falsePositiveRate ?? 0, $0.recall ?? 0) }
    }

    /// The points of the curve of precision and recall, in the order of recall. The first is at a recall of 0, with the precision of the
    /// highest score.
    package var precisionRecall: [(precision: Double, recall: Double)] {
        let points = confusions.map { ($0.precision ?? 0, $0.recall ?? 0) }
        return points.prefix(1).map { ($0.0, 0) } + points
    }

    /// The area under the lines between the points of precision and recall, as Spark has it. It is a little too large between them.
    package var precisionRecallArea: Double {
        let points = precisionRecall
        return zip(points, points.dropFirst()).reduce(0) { sum, pair in
            sum + (pair.1.recall - pair.0.recall) * (pair.0.precision + pair.1.precision) / 2
        }
    }
}
