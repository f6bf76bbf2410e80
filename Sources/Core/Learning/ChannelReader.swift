import Foundation
import Runtimes

/// Reads the rows of a channel for algorithms that do not support missing values.
struct ChannelReader: Sendable {
    let threads: Int
    /// Whether rows have labels. In CSV, the content type may say otherwise.
    let isLabeled: Bool

    /// Reads a channel. Returns `nil` if `channel` is `nil`.
    func read(_ channel: LearningFolder.Channel?) throws(LearningError) -> TrainingData? {
        guard let channel else { return nil }
        guard !channel.files.isEmpty else { throw .client("No data in channel '\(channel.name)'.") }
        // `record_set` of the SageMaker SDK does not set the content type of its uploads.
        let type = try ContentType(
            channel.contentType,
            default: try RecordIOReader.canRead(channel) ? .recordIO : .csv,
            channel: channel.name
        )
        let data: TrainingData
        switch type.format {
        case .csv:
            let isSaid = channel.contentType?.lowercased().contains("label_size") ?? false
            let labelSize = isSaid ? type.labelSize : (isLabeled ? 1 : 0)
            data = try CSVReader(labelSize: labelSize, hasWeights: false, threads: threads).read(channel)
        case .libsvm: data = try LibsvmReader(threads: threads).read(channel)
        case .recordIO: data = try RecordIOReader(isLabeled: isLabeled).read(channel)
        case .parquet: throw .client("Only xgboost reads Parquet.")
        }
        guard data.rowCount > 0 else { throw .client("No data in channel '\(channel.name)'.") }
        if isLabeled, data.labels.count != data.rowCount {
            throw .client("Channel '\(channel.name)' has rows without a label.")
        }
        if let (row, column) = data.firstGap {
            throw .client(
                "Channel '\(channel.name)', row \(row + 1), feature \(column + 1): the value is missing or not finite. "
                    + "This algorithm needs a finite value for every feature."
            )
        }
        return data
    }
}

extension LearningLog {
    /// Logs a metric in the format that `Definitions` parses.
    static func quality(_ channel: String, _ metric: String, _ value: Double, epoch: Int? = nil) {
        let epoch = epoch.map { "epoch=\($0), " } ?? ""
        info("#quality_metric: host=algo-1, \(epoch)\(channel) \(metric) <loss>=\(value)")
    }
}

extension LearningFolder {
    /// Checks the data's number of features against the hyperparameter `feature_dim`.
    static func check(_ data: TrainingData, against featureCount: Int?, channel: String) throws(LearningError) {
        guard let featureCount, data.columnCount != featureCount else { return }
        // A libsvm file may omit the last columns.
        if case .sparse = data.features, data.columnCount < featureCount { return }
        throw .client(
            "Channel '\(channel)' has \(data.columnCount) features per row, but feature_dim is \(featureCount)."
        )
    }

    /// Writes a model that Roost runs itself.
    func writeModel(_ parameters: some LearnedParameters) throws(LearningError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(parameters) else {
            throw .algorithm("The trained model is not finite. Try a smaller learning rate.")
        }
        try writeModel(Array(data), named: learnedModelFile)
    }
}
