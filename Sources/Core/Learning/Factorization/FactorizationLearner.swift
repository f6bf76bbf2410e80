import Foundation
import Runtimes

/// The algorithm `factorization-machines`: reads `train`, trains epoch by epoch, and writes `model.json`.
struct FactorizationLearner {
    let folder: LearningFolder
    let threads: Int

    func run() throws(LearningError) {
        let hyperparameters = try Hyperparameters(try folder.hyperparameters(), specs: Self.specs)
        let channels = try folder.channels()
        let reader = ChannelReader(threads: threads, isLabeled: true)
        guard let train = try reader.read(channels["train"]) else { throw .client("Missing required channel: train") }
        let test = try reader.read(channels["test"])
        let width = hyperparameters.integer("feature_dim") ?? train.columnCount
        try LearningFolder.check(train, against: width, channel: "train")
        if let test { try LearningFolder.check(test, against: width, channel: "test") }
        guard let predictor = hyperparameters["predictor_type"].flatMap(FactorizationParameters.Predictor.init) else {
            throw .client("Missing required hyperparameter: predictor_type")
        }
        let rows = try rows(of: train, predictor, channel: "train")
        LearningLog.info("Train data has \(train.rowCount) rows and \(width) columns")
        let algorithm = algorithm(hyperparameters, predictor)
        let model = algorithm.fit(rows, columnCount: width) { epoch, model in
            report("train", rows, model, epoch: epoch)
            return !Termination.isRequested
        }
        if let test { report("test", try self.rows(of: test, predictor, channel: "test"), model, epoch: nil) }
        try folder.writeModel(model)
    }

    /// The default scale of MXNet's uniform initializer.
    private static let defaultScale = 0.07

    private func algorithm(
        _ hyperparameters: Hyperparameters,
        _ predictor: FactorizationParameters.Predictor
    ) -> FactorizationMachines {
        var algorithm = FactorizationMachines(
            predictor: predictor,
            factorCount: hyperparameters.integer("num_factors") ?? 1
        )
        func apply(_ name: String, to group: inout FactorizationMachines.Group) {
            group.learningRate = hyperparameters.number("\(name)_lr") ?? group.learningRate
            group.weightDecay = hyperparameters.number("\(name)_wd") ?? group.weightDecay
            switch hyperparameters["\(name)_init_method"] {
            case "uniform": group.start = .uniform(hyperparameters.number("\(name)_init_scale") ?? Self.defaultScale)
            case "constant": group.start = .constant(hyperparameters.number("\(name)_init_value") ?? 0)
            default:
                if let sigma = hyperparameters.number("\(name)_init_sigma") { group.start = .normal(sigma) }
            }
        }
        apply("bias", to: &algorithm.bias)
        apply("linear", to: &algorithm.linear)
        apply("factors", to: &algorithm.factors)
        algorithm.epochCount = hyperparameters.integer("epochs") ?? algorithm.epochCount
        algorithm.batchSize = hyperparameters.integer("mini_batch_size") ?? algorithm.batchSize
        algorithm.clipping = hyperparameters.number("clip_gradient")
        return algorithm
    }

    private func rows(
        of data: TrainingData,
        _ predictor: FactorizationParameters.Predictor,
        channel: String
    ) throws(LearningError) -> FactorizationMachines.Rows {
        if predictor == .binaryClassifier, let index = data.labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw .client(
                "Channel '\(channel)', row \(index + 1): the label is \(data.labels[index]), but must be 0 or 1 for a "
                    + "binary_classifier."
            )
        }
        var rows = FactorizationMachines.Rows()
        rows.labels = data.labels
        for row in 0..<data.rowCount {
            data.forEachFeature(of: row) { column, value in
                guard value != 0 else { return }
                rows.columns.append(column)
                rows.values.append(value)
            }
            rows.starts.append(rows.values.count)
        }
        return rows
    }

    // MARK: Metrics

    private func report(
        _ channel: String,
        _ rows: FactorizationMachines.Rows,
        _ model: FactorizationParameters,
        epoch: Int?
    ) {
        let scores = FactorizationMachines.scores(rows, model)
        let pairs = zip(scores, rows.labels.map(Double.init))
        let count = Double(rows.count)
        guard model.predictor == .binaryClassifier else {
            let squares = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return LearningLog.quality(channel, "rmse", (squares / count).squareRoot(), epoch: epoch)
        }
        let hits = pairs.count { ($0 >= 0.5) == ($1 == 1) }
        LearningLog.quality(channel, "binary_classification_accuracy", Double(hits) / count, epoch: epoch)
        let entropy = pairs.reduce(0) { sum, pair in
            let likelihood = pair.1 == 1 ? pair.0 : 1 - pair.0
            return sum - log(max(likelihood, 1e-15))
        }
        LearningLog.quality(channel, "binary_classification_cross_entropy", entropy / count, epoch: epoch)
    }

    /// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-hyperparameters.html
    static let specs: [HyperparameterSpec] =
        [
            .init("feature_dim", .integer(1...Int(Int32.max)), isRequired: true),
            .init("num_factors", .integer(1...10_000), isRequired: true),
            .init("predictor_type", .choice(["regressor", "binary_classifier"]), isRequired: true),
            .init("epochs", .integer(1...1_000_000)),
            .init("mini_batch_size", .integer(1...Int(Int32.max))),
            .init("clip_gradient", .number(.any)),
            .init("rescale_grad", .number(.any)),
            .init("eps", .number(.any)),
            .init("_tuning_objective_metric", .text),
        ]
        + ["bias", "linear", "factors"].flatMap { group -> [HyperparameterSpec] in
            [
                .init("\(group)_lr", .number(.from(0))),
                .init("\(group)_wd", .number(.from(0))),
                .init("\(group)_init_method", .choice(["normal", "uniform", "constant"])),
                .init("\(group)_init_sigma", .number(.from(0))),
                .init("\(group)_init_scale", .number(.from(0, to: 1e6))),
                .init("\(group)_init_value", .number(.any)),
            ]
        }
}
