/// How often a binary classifier was right and wrong.
package struct BinaryConfusion: Equatable, Sendable {
    package private(set) var truePositives = 0
    package private(set) var falsePositives = 0
    package private(set) var trueNegatives = 0
    package private(set) var falseNegatives = 0

    package init() {}

    /// - Returns: `nil` if a count is negative.
    package init?(truePositives: Int, falsePositives: Int, trueNegatives: Int, falseNegatives: Int) {
        guard min(truePositives, falsePositives, trueNegatives, falseNegatives) >= 0 else { return nil }
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.trueNegatives = trueNegatives
        self.falseNegatives = falseNegatives
    }

    package mutating func add(truth: Bool, predicted: Bool) {
        switch (truth, predicted) {
        case (true, true): truePositives = truePositives.saturatingSum(1)
        case (false, true): falsePositives = falsePositives.saturatingSum(1)
        case (false, false): trueNegatives = trueNegatives.saturatingSum(1)
        case (true, false): falseNegatives = falseNegatives.saturatingSum(1)
        }
    }

    package mutating func merge(_ other: BinaryConfusion) {
        truePositives = truePositives.saturatingSum(other.truePositives)
        falsePositives = falsePositives.saturatingSum(other.falsePositives)
        trueNegatives = trueNegatives.saturatingSum(other.trueNegatives)
        falseNegatives = falseNegatives.saturatingSum(other.falseNegatives)
    }

    package var count: Int {
        [truePositives, falsePositives, trueNegatives, falseNegatives].reduce(0) { $0.saturatingSum($1) }
    }

    /// `nil` without cases.
    package var accuracy: Double? {
        share(of: Double(truePositives) + Double(trueNegatives), and: Double(falsePositives) + Double(falseNegatives))
    }

    /// `nil` if nothing was predicted to be positive.
    package var precision: Double? { share(of: Double(truePositives), and: Double(falsePositives)) }

    /// `nil` if nothing is positive.
    package var recall: Double? { share(of: Double(truePositives), and: Double(falseNegatives)) }

    /// The share of the positive cases that were not found. `nil` if nothing is positive.
    package var falseNegativeRate: Double? { share(of: Double(falseNegatives), and: Double(truePositives)) }

    /// `nil` if nothing is negative.
    package var trueNegativeRate: Double? { share(of: Double(trueNegatives), and: Double(falsePositives)) }

    /// `nil` if nothing is negative.
    package var falsePositiveRate: Double? { share(of: Double(falsePositives), and: Double(trueNegatives)) }

    /// `nil` if nothing is positive and nothing was predicted to be.
    package var f1: Double? { f(beta: 1) }

    /// Returns the mean of precision and recall, which values recall `beta` times as much.
    ///
    /// - Returns: `nil` if nothing is positive and nothing was predicted to be.
    package func f(beta: Double) -> Double? {
        let weight = beta * beta
        return share(
            of: (1 + weight) * Double(truePositives),
            and: Double(falsePositives) + weight * Double(falseNegatives)
        )
    }

    /// Returns part / (part + rest), or `nil` if both are 0.
    private func share(of part: Double, and rest: Double) -> Double? {
        part + rest > 0 ? part / (part + rest) : nil
    }
}
