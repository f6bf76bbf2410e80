/// How cross validation divides the rows: into folds, anew in each of its rounds.
struct Folds: Sendable, Equatable {
    /// A model is kept for each fold of each round.
    static let modelLimit = 1000

    let count: Int
    let rounds: Int

    /// - Throws: ``LearningError/client(_:)`` where that would be too many models.
    init(count: Int, rounds: Int) throws(LearningError) {
        let (models, overflows) = count.multipliedReportingOverflow(by: rounds)
        guard !overflows, models <= Self.modelLimit else {
            throw .client(
                "Hyperparameters _kfold and _num_cv_round: \(count) folds in \(rounds) rounds are more than "
                    + "\(Self.modelLimit) models."
            )
        }
        self.count = count
        self.rounds = rounds
    }

    /// The rows of each fold of one round, in their order. Sizes differ by one at most.
    ///
    /// - Parameter classes: The label of each row, where each fold is to have its share of each class.
    func rows(of rowCount: Int, classes: [Float]?, using generator: inout SplitMix) throws(LearningError) -> [[Int32]] {
        guard count <= rowCount, rowCount <= Int32.max else {
            throw .client("Hyperparameter _kfold: \(count) folds cannot be made of \(rowCount) rows.")
        }
        var order: [Int32] = []
        if let classes {
            let groups = Dictionary(grouping: 0..<Int32(rowCount)) { classes[Int($0)] }
            guard groups.values.contains(where: { $0.count >= count }) else {
                throw .client("Hyperparameter _kfold: there are \(count) folds, but no class has as many rows.")
            }
            for (_, rows) in groups.sorted(by: { $0.key < $1.key }) { order += rows.shuffled(using: &generator) }
        } else {
            order = (0..<Int32(rowCount)).shuffled(using: &generator)
        }
        // Dealt out like cards, so that each fold gets its share of each class.
        var folds = [[Int32]](repeating: [], count: count)
        for (position, row) in order.enumerated() { folds[position % count].append(row) }
        return folds.map { $0.sorted() }
    }
}
