import Archives
import Foundation
import Runtimes

/// The xgboost algorithm: reads its channels, trains round by round, and writes `xgboost-model`.
struct XGBoostLearner {
    static let modelName = "xgboost-model"

    let folder: LearningFolder
    let threads: Int
    let search: RuntimeLibrary.SearchPath
    /// The Python that reads Parquet.
    let python: String

    func run() throws(LearningError) {
        let channels = try folder.channels()
        let settings = try XGBoostSettings(try folder.hyperparameters(), threads: threads)
        settings.notes.forEach(LearningLog.info)
        let training = try runningXGBoost { () throws(RuntimeError) in
            try XGBoostTraining(search: search, verbosity: settings.verbosity)
        }
        if let folds = settings.folds { return try crossValidate(folds, channels, settings, training) }
        var matrices = try readMatrices(channels, settings, training)
        let start = try startingModel(channels["model"])
        let booster = try booster(matrices, settings, start.model, named: start.source, training)
        var rounds = BoostingRounds(settings: settings, booster: booster, folder: folder, data: matrices)
        matrices = []
        try rounds.run(from: start.round)
        guard !rounds.isTerminated || settings.savesOnTermination else {
            return LearningLog.info("The job was stopped; no model was saved.")
        }
        try folder.writeModel(try rounds.model(), named: Self.modelName)
    }

    /// - Parameter source: The name of `model`, from which training continues.
    func booster(
        _ watched: [WatchedData],
        _ settings: XGBoostSettings,
        _ model: [UInt8]?,
        named source: String,
        _ training: XGBoostTraining
    ) throws(LearningError) -> TrainingBooster {
        try runningXGBoost(on: source) { () throws(RuntimeError) in
            try TrainingBooster(
                matrices: watched.map(\.matrix),
                parameters: settings.parameters,
                model: model,
                training: training
            )
        }
    }

    // MARK: Data

    /// Reads the watched data: `train`, and `validation` if there is one.
    private func readMatrices(
        _ channels: [String: LearningFolder.Channel],
        _ settings: XGBoostSettings,
        _ training: XGBoostTraining
    ) throws(LearningError) -> [WatchedData] {
        var read: [(name: String, data: TrainingData)] = []
        for name in ["train", "validation"] {
            guard let channel = channels[name] else {
                if name == "train" { throw .client("Missing required channel: train") }
                continue
            }
            // Validation data may have a column of weights too, which is then one column more than there are features.
            var data = try self.read(channel, settings, hasWeights: settings.hasWeights && name == "train")
            if settings.hasWeights, let training = read.first?.data, data.columnCount == training.columnCount + 1 {
                data = try self.read(channel, settings, hasWeights: true)
            }
            read.append((name, data))
        }
        if read.count == 2, read[0].data.columnCount != read[1].data.columnCount {
            guard case .sparse = read[0].data.features, case .sparse = read[1].data.features else {
                throw .client(
                    "Channel 'validation' has \(read[1].data.columnCount) features per row, but channel 'train' has "
                        + "\(read[0].data.columnCount)."
                )
            }
        }
        let columns = read.map(\.data.columnCount).max() ?? 0
        var matrices: [WatchedData] = []
        for index in read.indices {
            let (name, data) = read[index]
            try check(data.labels, of: name, settings)
            LearningLog.info("\(name.capitalized) matrix has \(data.rowCount) rows and \(data.columnCount) columns")
            let matrix = try runningXGBoost { () throws(RuntimeError) in
                try self.matrix(of: data, columns: columns, training, isBounded: settings.objective == "survival:aft")
            }
            matrices.append(WatchedData(name: name, matrix: matrix, labels: data.labels))
            // The matrix has its own copy.
            read[index].data.features = .sparse(offsets: [], columns: [], values: [])
        }
        return matrices
    }

    /// - Parameter hasWeights: Whether CSV has a column of weights.
    func read(
        _ channel: LearningFolder.Channel,
        _ settings: XGBoostSettings,
        hasWeights: Bool
    ) throws(LearningError) -> TrainingData {
        let type = try ContentType(channel.contentType, default: .libsvm, channel: channel.name, takesParquet: true)
        guard !channel.files.isEmpty else {
            throw .client("No data in \(channel.name == "train" ? "training" : channel.name) channel.")
        }
        let data: TrainingData
        switch type.format {
        case .csv:
            guard type.labelSize == 1 else {
                throw .client(
                    "Channel '\(channel.name)' has label_size=0, but xgboost needs the label in the first column."
                )
            }
            data = try CSVReader(labelSize: 1, hasWeights: hasWeights, threads: threads).read(channel)
        case .libsvm: data = try LibsvmReader(threads: threads).read(channel)
        case .recordIO: data = try RecordIOReader(isLabeled: true).read(channel)
        case .parquet: data = try ParquetReader(python: python, threads: threads, folder: folder).read(channel)
        }
        guard data.labels.count == data.rowCount else {
            throw .client("Channel '\(channel.name)' has rows without a label.")
        }
        return data
    }

    func matrix(
        of data: TrainingData,
        columns: Int,
        _ training: XGBoostTraining,
        isBounded: Bool
    ) throws(RuntimeError) -> TrainingMatrix {
        let matrix: TrainingMatrix
        switch data.features {
        case .dense(let values):
            matrix = try TrainingMatrix(
                dense: values.elements,
                rows: data.rowCount,
                columns: data.columnCount,
                threads: threads,
                training: training
            )
        case .sparse(let offsets, let indices, let values):
            matrix = try offsets.withUnsafeBufferPointer { offsets throws(RuntimeError) in
                try indices.withUnsafeBufferPointer { indices throws(RuntimeError) in
                    try values.withUnsafeBufferPointer { values throws(RuntimeError) in
                        try TrainingMatrix(
                            offsets: offsets,
                            columns: indices,
                            values: values,
                            columnCount: columns,
                            threads: threads,
                            training: training
                        )
                    }
                }
            }
        }
        try matrix.set("label", data.labels)
        if isBounded {
            // A single label is an observed time, not a range.
            try matrix.set("label_lower_bound", data.labels)
            try matrix.set("label_upper_bound", data.labels)
        }
        if !data.weights.isEmpty { try matrix.set("weight", data.weights) }
        if !data.groups.isEmpty { try matrix.setGroups(data.groups) }
        return matrix
    }

    /// Refuses labels that the objective does not accept.
    func check(_ labels: [Float], of channel: String, _ settings: XGBoostSettings) throws(LearningError) {
        let rule: (takes: (Float) -> Bool, text: String)
        switch settings.objective {
        case "binary:logistic", "binary:logitraw", "reg:logistic":
            rule = ({ (0...1).contains($0) }, "label must be in [0,1] for logistic regression")
        case "binary:hinge": rule = ({ $0 == 0 || $0 == 1 }, "label must be 0 or 1")
        case "multi:softmax", "multi:softprob":
            let count = Float(settings.classCount ?? 0)
            rule = ({ $0 >= 0 && $0 < count && $0 == $0.rounded() }, "label must be in [0, num_class)")
        case "count:poisson", "reg:tweedie": rule = ({ $0 >= 0 }, "label must be nonnegative")
        case "reg:gamma": rule = ({ $0 > 0 }, "label must be positive")
        case "reg:squaredlogerror": rule = ({ $0 > -1 }, "label must be greater than -1")
        default: return
        }
        guard let row = labels.firstIndex(where: { !rule.takes($0) }) else { return }
        throw .client(
            "\(rule.text), but row \(row + 1) of channel '\(channel)' has the label \(labels[row]) "
                + "(objective \(settings.objective))."
        )
    }

    // MARK: Starting model

    /// Returns the model that training continues from, its name, and the next round.
    func startingModel(_ channel: LearningFolder.Channel?) throws(LearningError) -> (
        model: [UInt8]?, source: String, round: Int
    ) {
        if let checkpoint = folder.newestCheckpoint() {
            LearningLog.info(
                "Checkpoint of round \(checkpoint.round) loaded; resuming from iteration \(checkpoint.round + 1)"
            )
            return (checkpoint.bytes, "the checkpoint of round \(checkpoint.round)", checkpoint.round + 1)
        }
        guard let channel else { return (nil, "", 0) }
        let named = { (name: String) in channel.files.first { ($0.path as NSString).lastPathComponent == name } }
        guard let file = named(Self.modelName) ?? channel.files.first(where: { $0.path.hasSuffix(".tar.gz") }) else {
            throw .client("Channel 'model' contains neither a file 'xgboost-model' nor a model.tar.gz.")
        }
        let bytes: [UInt8]?
        if file.path.hasSuffix(".tar.gz") {
            do {
                bytes = try Archive(path: file.path).contents(ofFileNamed: Self.modelName)
            } catch {
                throw .client("\(file.name): \(error)")
            }
        } else {
            bytes = FileManager.default.contents(atPath: file.path).map { Array($0) }
        }
        guard let bytes else { throw .client("\(file.name) contains no file 'xgboost-model'.") }
        if let reason = XGBoostFile.refusal(of: Data(bytes)) {
            throw .client("\(file.name) contains no valid model: \(reason)")
        }
        LearningLog.info("Continuing from model \(file.name)")
        return (bytes, file.name, 0)
    }
}

/// Data on which the metrics are computed after each round.
struct WatchedData {
    let name: String
    let matrix: TrainingMatrix
    let labels: [Float]
}
