/// How cross-validation divides the rows into folds, which differ in each round.
struct Folds: Sendable, Equatable {
    /// The limit on `count` times `rounds`: a model is kept for each fold of each round.
    static let modelLimit = 1000

    let count: Int
    let rounds: Int

    /// - Throws: ``LearningError/client(_:)`` if that makes too many models.
    init(count: Int, rounds: Int) throws(LearningError) {
        let (models, overflows) = count.multipliedReportingOverflow(by: rounds)
        guard !overflows, models <= Self.modelLimit else {
            throw .client(
                "Hyperparameters _kfold and _num_cv_round: too many models from \(count) folds in \(rounds) rounds. "
                    + "The limit is \(Self.modelLimit) models."
            )
        }
        self.count = count
        self.rounds = rounds
    }

    /// Returns the sorted rows of each fold of one round. The sizes of the folds differ by at most one.
    ///
    /// - Parameter classes: The label of each row if each fold must have its share of each class.
    func rows(of rowCount: Int, classes: [Float]?, using generator: inout SplitMix) throws(LearningError) -> [[Int32]] {
        guard count <= rowCount, rowCount <= Int32.max else {
            throw .client("Hyperparameter _kfold: cannot divide \(rowCount) rows into \(count) folds.")
        }
        var order: [Int32] = []
        if let classes {
            let groups = Dictionary(grouping: 0..<Int32(rowCount)) { classes[Int($0)] }
            guard groups.values.contains(where: { $0.count >= count }) else {
                throw .client("Hyperparameter _kfold: no class has enough rows for \(count) folds.")
            }
            for (_, rows) in groups.sorted(by: { $0.key < $1.key }) { order += rows.shuffled(using: &generator) }
        } else {
            order = (0..<Int32(rowCount)).shuffled(using: &generator)
        }
        // Dealt round-robin, so that each fold gets its share of each class.
        var folds = [[Int32]](repeating: [], count: count)
        for (position, row) in order.enumerated() { folds[position % count].append(row) }
        return folds.map { $0.sorted() }
    }
}
