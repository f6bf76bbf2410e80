import Foundation
import Runtimes

/// The linear-learner algorithm: linear and logistic regression and related models.
///
/// By default, it minimizes the loss over all rows at once, until it converges. With the `optimizer` `sgd`, `adam` or
/// `rmsprop`, it trains in batches with the given learning rate.
struct LinearLearner {
    let folder: LearningFolder
    let threads: Int

    func run() throws(LearningError) {
        let given = try Hyperparameters(try folder.hyperparameters(), specs: LinearHyperparameters.specs)
        let predictor = LinearParameters.Predictor(rawValue: given["predictor_type"] ?? "") ?? .regressor
        let loss = try Self.loss(given, predictor)
        let channels = try read(given.integer("feature_dim"))
        let train = channels[0].data
        let classCount = try Self.checkLabels(channels, predictor, given)

        // A regressor's labels are scaled like the features, so that the same decay suits all data.
        var labelMean = 0.0
        var labelScale = 1.0
        if predictor == .regressor, given.automaticFlag("normalize_label") ?? true {
            (labelMean, labelScale) = Self.moments(train.labels)
        }
        let outputCount = predictor == .multiclassClassifier ? classCount : 1
        let usesBias = given.automaticFlag("use_bias") ?? true
        let isNormalized = given.automaticFlag("normalize_data") ?? true
        var moments = LinearProblem.moments(of: train, threads: threads)
        if !usesBias || given.automaticFlag("unbias_data") == false {
            moments.means = moments.means.map { _ in 0 }
        }
        if !isNormalized {
            moments.means = moments.means.map { _ in 0 }
            moments.deviations = moments.deviations.map { _ in 1 }
        }
        if !usesBias { labelMean = 0 }
        func problem(_ data: TrainingData) -> LinearProblem {
            LinearProblem(
                data: data,
                targets: data.labels.map { label in
                    switch predictor {
                    case .regressor: (Double(label) - labelMean) / labelScale
                    case .binaryClassifier: label == 1 ? 1 : -1
                    case .multiclassClassifier: Double(label)
                    }
                },
                rowWeights: Self.rowWeights(data, predictor, classCount, given),
                outputCount: outputCount,
                loss: loss,
                parameters: Self.parameters(given),
                means: moments.means,
                scales: moments.deviations,
                usesBias: usesBias,
                decay: given.number("wd") ?? 1e-5,
                threads: threads
            )
        }
        let problems = channels.map { ($0.name, problem($0.data)) }
        let point = LinearDescent(given: given).run(
            problems[0].1,
            validation: problems.first { $0.0 == "validation" }?.1
        )
        guard point.allSatisfy(\.isFinite) else {
            throw .client("Training diverged: the loss became infinite. Try a smaller learning_rate.")
        }
        let (weights, biases) = problems[0].1.unscaled(point)
        var model = LinearParameters(
            predictor: predictor,
            featureCount: train.columnCount,
            weights: weights.map { Float($0 * labelScale) },
            biases: biases.map { Float($0 * labelScale + labelMean) },
            isProbabilistic: loss == .logistic,
            threshold: loss == .logistic ? 0.5 : 0
        )
        if predictor == .binaryClassifier {
            let judged = channels.first { $0.name == "validation" } ?? channels[0]
            model.threshold = ThresholdChoice(given, default: model.threshold)
                .threshold(scores: scores(of: model, judged.data), labels: judged.data.labels)
        }
        for (index, channel) in channels.enumerated() {
            LearningLog.quality(channel.name, "objective_loss", problems[index].1.loss(at: point).value)
            report(model, channel)
        }
        try folder.writeModel(model)
    }

    /// Reads `train`, and `validation` and `test` if they exist.
    private func read(_ featureCount: Int?) throws(LearningError) -> [(name: String, data: TrainingData)] {
        let given = try folder.channels()
        let reader = ChannelReader(threads: threads, isLabeled: true)
        var channels: [(name: String, data: TrainingData)] = []
        for name in ["train", "validation", "test"] {
            guard var data = try reader.read(given[name]) else {
                if name == "train" { throw .client("Missing required channel: train") }
                continue
            }
            try LearningFolder.check(data, against: channels.first?.data.columnCount ?? featureCount, channel: name)
            // A libsvm file may omit the last columns.
            if case .sparse = data.features {
                data.columnCount = max(channels.first?.data.columnCount ?? featureCount ?? 0, data.columnCount)
            }
            LearningLog.info("\(name.capitalized) data has \(data.rowCount) rows and \(data.columnCount) columns")
            channels.append((name, data))
        }
        return channels
    }

    // MARK: Hyperparameters and labels

    private static func loss(_ given: Hyperparameters, _ predictor: LinearParameters.Predictor) throws(LearningError)
        -> LinearLoss
    {
        let allowed: [LinearLoss] =
            switch predictor {
            case .binaryClassifier: [.logistic, .hinge]
            case .multiclassClassifier: [.softmax]
            case .regressor:
                [.squared, .absolute, .epsilonSquared, .epsilonAbsolute, .quantile, .huber]
            }
        guard let name = given["loss"], name != "auto" else { return allowed[0] }
        // For several classes, AWS also calls it logistic.
        if predictor == .multiclassClassifier, name == "logistic" { return .softmax }
        guard let loss = LinearLoss(rawValue: name), allowed.contains(loss) else {
            throw .client(
                "Hyperparameter loss: \(name) is not in [\(allowed.map { "'\($0.rawValue)'" }.joined(separator: ", "))] "
                    + "for predictor_type \(predictor.rawValue)"
            )
        }
        return loss
    }

    private static func parameters(_ given: Hyperparameters) -> LinearLoss.Parameters {
        var parameters = LinearLoss.Parameters()
        parameters.epsilon = given.number("loss_insensitivity") ?? parameters.epsilon
        parameters.quantile = given.number("quantile") ?? parameters.quantile
        parameters.delta = given.number("huber_delta") ?? parameters.delta
        parameters.margin = given.number("margin") ?? parameters.margin
        return parameters
    }

    /// Refuses labels that are not classes. Returns the number of classes.
    private static func checkLabels(
        _ channels: [(name: String, data: TrainingData)],
        _ predictor: LinearParameters.Predictor,
        _ given: Hyperparameters
    ) throws(LearningError) -> Int {
        guard predictor != .regressor else { return 1 }
        var count = 2
        if predictor == .multiclassClassifier {
            let highest = channels[0].data.labels.max() ?? 0
            count = given.integer("num_classes") ?? max(2, Int(min(highest, 1_000_000)) + 1)
        }
        for (name, data) in channels {
            let wrong = data.labels.firstIndex { $0 < 0 || $0 >= Float(count) || $0 != $0.rounded() }
            guard let row = wrong else { continue }
            throw .client(
                "Row \(row + 1) of channel '\(name)' has the label \(data.labels[row]), but the labels of a "
                    + "\(predictor.rawValue) must be "
                    + (predictor == .binaryClassifier
                        ? "0 or 1." : "integers from 0 to num_classes - 1 = \(count - 1).")
            )
        }
        return count
    }

    private static func rowWeights(
        _ data: TrainingData,
        _ predictor: LinearParameters.Predictor,
        _ classCount: Int,
        _ given: Hyperparameters
    ) -> [Double] {
        var weights = (0..<data.rowCount).map { data.weight(of: $0) }
        if predictor == .binaryClassifier, let text = given["positive_example_weight_mult"] {
            let positive = data.labels.count { $0 == 1 }
            let balance = Double(data.rowCount - positive) / Double(max(positive, 1))
            let factor = text == "balanced" ? balance : Double(text) ?? 1
            for row in weights.indices where data.labels[row] == 1 { weights[row] *= factor }
        }
        if predictor == .multiclassClassifier, given.flag("balance_multiclass_weights") == true {
            var counts = [Double](repeating: 0, count: classCount)
            for label in data.labels { counts[Int(label)] += 1 }
            for row in weights.indices {
                weights[row] *= Double(data.rowCount) / (Double(classCount) * counts[Int(data.labels[row])])
            }
        }
        return weights
    }

    private static func moments(_ labels: [Float]) -> (mean: Double, deviation: Double) {
        let mean = labels.reduce(0) { $0 + Double($1) } / Double(labels.count)
        let variance = labels.reduce(0) { $0 + pow(Double($1) - mean, 2) } / Double(labels.count)
        return (mean, variance > 0 ? variance.squareRoot() : 1)
    }

    // MARK: Metrics

    private func predictions(of model: LinearParameters, _ data: TrainingData) -> (scores: [Float], labels: [Float]) {
        let width = model.biases.count
        var scores = [Float](repeating: 0, count: data.rowCount * width)
        var labels = [Float](repeating: 0, count: data.rowCount)
        var features = [Float](repeating: 0, count: data.columnCount)
        scores.withUnsafeMutableBufferPointer { scores in
            labels.withUnsafeMutableBufferPointer { labels in
                guard let scores = scores.baseAddress, let labels = labels.baseAddress else { return }
                for row in 0..<data.rowCount {
                    data.forEachFeature(of: row) { features[$0] = $1 }
                    model.evaluate(features, [scores + row * width, labels + row])
                    data.forEachFeature(of: row) { column, _ in features[column] = 0 }
                }
            }
        }
        return (scores, labels)
    }

    private func scores(of model: LinearParameters, _ data: TrainingData) -> [Float] {
        predictions(of: model, data).scores
    }

    private func report(_ model: LinearParameters, _ channel: (name: String, data: TrainingData)) {
        let (scores, classes) = predictions(of: model, channel.data)
        let labels = channel.data.labels
        func write(_ name: String, _ metric: QualityMetric, _ predictions: [Float]) {
            LearningLog.quality(
                channel.name,
                name,
                metric.value(labels: labels, predictions: predictions)
            )
        }
        switch model.predictor {
        case .regressor:
            write("mse", .mse, scores)
            let absolute = zip(labels, scores).reduce(0) { $0 + Double(($1.0 - $1.1).magnitude) } / Double(labels.count)
            LearningLog.quality(channel.name, "absolute_loss", absolute)
        case .binaryClassifier:
            write("binary_classification_accuracy", .accuracy, classes)
            write("precision", .precision, classes)
            write("recall", .recall, classes)
            write("binary_f_beta", .f1, classes)
            LearningLog.quality(
                channel.name,
                "roc_auc_score",
                RankedScores(scores: scores, labels: labels).areaUnderCurve
            )
        case .multiclassClassifier:
            write("multiclass_accuracy", .accuracy, classes)
            write("macro_precision", .precisionMacro, classes)
            write("macro_recall", .recallMacro, classes)
            write("macro_f_beta", .f1Macro, classes)
        }
    }
}
