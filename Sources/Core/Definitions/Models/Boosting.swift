/// Which trees of a boosted model are used for predictions.
public enum TreeSelection: String, Sendable, Hashable, Codable, CaseIterable {
    /// All trees, like `Booster.predict`.
    case all
    /// The trees up to the best iteration of early stopping, like XGBoost's scikit-learn wrapper.
    case best
}

/// The number of rounds of a boosted-tree model, and which of them are used.
public struct Boosting: Sendable, Hashable, Codable {
    public var rounds: Int
    /// The best round found by early stopping, counted from 0; `nil` if training did not stop early.
    public var bestIteration: Int?
    public var trees: TreeSelection

    private enum CodingKeys: String, CodingKey {
        case rounds, trees
        case bestIteration = "best_iteration"
    }

    public init(rounds: Int, bestIteration: Int?, trees: TreeSelection) {
        self.rounds = rounds
        self.bestIteration = bestIteration
        self.trees = trees
    }
}
