import Foundation
import Runtimes

extension XGBoostLearner {
    /// Runs cross-validation: each model is evaluated on the rows of one fold and trained on the others. All models are kept
    /// and predict together.
    ///
    /// - Source: https://github.com/aws/sagemaker-xgboost-container, `algorithm_mode/train.py`, for the output and the files.
    func crossValidate(
        _ folds: Folds,
        _ channels: [String: LearningFolder.Channel],
        _ settings: XGBoostSettings,
        _ training: XGBoostTraining
    ) throws(LearningError) {
        let (labels, matrix) = try readAllRows(channels, settings, training)
        let start = try startingModel(channels["model"])
        let isClassification = settings.classCount != nil || settings.objective.hasPrefix("binary:")
        var generator = SplitMix(seed: settings.seed)
        var models: [[UInt8]] = []
        var results: [[BoostingRounds.Metric]] = []
        LearningLog.info("Cross-validation of \(labels.count) rows: \(folds.rounds) rounds of \(folds.count) folds")
        for round in 0..<folds.rounds {
            let parts = try folds.rows(
                of: labels.count,
                classes: isClassification ? labels : nil,
                using: &generator
            )
            for (index, held) in parts.enumerated() {
                LearningLog.info("Train cross validation fold \(index + 1)")
                let rest = parts.enumerated().flatMap { $0.offset == index ? [] : $0.element }.sorted()
                let watched = try runningXGBoost { () throws(RuntimeError) in
                    [
                        WatchedData(name: "train", matrix: try matrix.rows(rest), labels: rest.map { labels[Int($0)] }),
                        WatchedData(
                            name: "validation",
                            matrix: try matrix.rows(held),
                            labels: held.map { labels[Int($0)] }
                        ),
                    ]
                }
                let booster = try booster(watched, settings, start.model, named: start.source, training)
                var rounds = BoostingRounds(settings: settings, booster: booster, folder: folder, data: watched)
                try rounds.run(from: 0)
                guard !rounds.isTerminated || settings.savesOnTermination else {
                    return LearningLog.info("The job was stopped; no model was saved.")
                }
                models.append(try rounds.model())
                results.append(rounds.metrics)
                if rounds.isTerminated { return try write(models) }
            }
            LearningLog.info("Metrics of cross-validation round \(round + 1):")
            LearningLog.info(Self.means(of: results.suffix(folds.count), rounds: settings.rounds))
        }
        if folds.rounds > 1 {
            LearningLog.info("Metrics of all \(folds.rounds) cross-validation rounds:")
            LearningLog.info(Self.means(of: results[...], rounds: settings.rounds))
        }
        try write(models)
    }

    private func write(_ models: [[UInt8]]) throws(LearningError) {
        for (index, model) in models.enumerated() { try folder.writeModel(model, named: "\(Self.modelName)-\(index)") }
    }

    /// Reads the rows of `train` and `validation` together.
    private func readAllRows(
        _ channels: [String: LearningFolder.Channel],
        _ settings: XGBoostSettings,
        _ training: XGBoostTraining
    ) throws(LearningError) -> (labels: [Float], matrix: TrainingMatrix) {
        guard let train = channels["train"] else { throw .client("Missing required channel: train") }
        var files = train.files
        if let validation = channels["validation"] {
            guard validation.contentType == train.contentType else {
                throw .client(
                    "With _kfold, channels 'train' and 'validation' are combined and must have the same ContentType."
                )
            }
            guard !validation.files.isEmpty else { throw .client("No data in validation channel.") }
            files += validation.files
        }
        let channel = LearningFolder.Channel(name: train.name, contentType: train.contentType, files: files)
        let data = try read(channel, settings, hasWeights: settings.hasWeights)
        guard data.groups.isEmpty else {
            throw .client("Hyperparameter _kfold: rows that belong to queries (qid) cannot be divided into folds.")
        }
        try check(data.labels, of: channel.name, settings)
        let matrix = try runningXGBoost { () throws(RuntimeError) in
            try self.matrix(
                of: data,
                columns: data.columnCount,
                training,
                isBounded: settings.objective == "survival:aft"
            )
        }
        return (data.labels, matrix)
    }

    /// Returns the mean of each metric over some models, formatted like the line of a round.
    static func means(of results: ArraySlice<[BoostingRounds.Metric]>, rounds: Int) -> String {
        let names = results.first?.map(\.name) ?? []
        return "[\(rounds)]"
            + names.enumerated().map { index, name in
                let values = results.map { Double($0[index].text) ?? .nan }
                return "#011\(name):" + String(format: "%.5f", values.reduce(0, +) / Double(values.count))
            }.joined()
    }
}
