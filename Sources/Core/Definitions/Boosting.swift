/// Which trees of a boosted model answer.
public enum TreeSelection: String, Sendable, Hashable, Codable, CaseIterable {
    /// All, as `Booster.predict` does it.
    case all
    /// Those up to the best iteration of early stopping, as XGBoost's wrapper for scikit-learn does it.
    case best
}

/// How far a model of boosted trees was trained, and how many of its rounds answer.
public struct Boosting: Sendable, Hashable, Codable {
    /// Rounds that the model holds.
    public var rounds: Int
    /// The round that early stopping found best, counted from 0; `nil` where training did not stop early.
    public var bestIteration: Int?
    /// Which trees were chosen.
    public var trees: TreeSelection

    private enum CodingKeys: String, CodingKey {
        case rounds, trees
        case bestIteration = "best_iteration"
    }

    /// One made of these parts.
    public init(rounds: Int, bestIteration: Int?, trees: TreeSelection) {
        self.rounds = rounds
        self.bestIteration = bestIteration
        self.trees = trees
    }
}
