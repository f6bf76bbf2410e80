import Foundation
import Runtimes

/// Reads the rows of a channel for algorithms that know no missing values.
struct ChannelReader: Sendable {
    let threads: Int
    /// Whether the first column of csv is a label where the content type does not say.
    let isLabelled: Bool

    /// `nil` where there is no such channel.
    func read(_ channel: LearningFolder.Channel?) throws(LearningError) -> TrainingData? {
        guard let channel else { return nil }
        guard !channel.files.isEmpty else { throw .client("No data in channel '\(channel.name)'.") }
        // `record_set` of the sagemaker SDK says nothing of what it uploads.
        let type = try ContentType(
            channel.contentType,
            default: try RecordIOReader.canRead(channel) ? .recordIO : .csv,
            channel: channel.name
        )
        let data: TrainingData
        switch type.format {
        case .csv:
            let isSaid = channel.contentType?.lowercased().contains("label_size") ?? false
            let labelSize = isSaid ? type.labelSize : (isLabelled ? 1 : 0)
            data = try CSVReader(labelSize: labelSize, hasWeights: false, threads: threads).read(channel)
        case .libsvm: data = try LibsvmReader(threads: threads).read(channel)
        case .recordIO: data = try RecordIOReader(isLabelled: isLabelled).read(channel)
        }
        guard data.rowCount > 0 else { throw .client("No data in channel '\(channel.name)'.") }
        if isLabelled, data.labels.count != data.rowCount {
            throw .client("Rows of channel '\(channel.name)' have no label.")
        }
        if let (row, column) = data.firstGap {
            throw .client(
                "Channel '\(channel.name)', row \(row + 1), feature \(column + 1): a value is missing or not finite; "
                    + "this algorithm needs all."
            )
        }
        return data
    }
}

extension LearningLog {
    /// A metric as `Definitions` reads it out of the log.
    static func quality(_ channel: String, _ metric: String, _ value: Double, epoch: Int? = nil) {
        let epoch = epoch.map { "epoch=\($0), " } ?? ""
        info("#quality_metric: host=algo-1, \(epoch)\(channel) \(metric) <loss>=\(value)")
    }
}

extension LearningFolder {
    /// The hyperparameter `feature_dim` has to say what the data has.
    static func check(_ data: TrainingData, against featureCount: Int?, channel: String) throws(LearningError) {
        guard let featureCount, data.columnCount != featureCount else { return }
        // A libsvm file need not name its last columns.
        if case .sparse = data.features, data.columnCount < featureCount { return }
        throw .client(
            "Channel '\(channel)' has \(data.columnCount) features a row, but feature_dim is \(featureCount)."
        )
    }

    /// Leaves a model that is served with Roost's own arithmetic.
    func writeModel(_ parameters: some LearnedParameters) throws(LearningError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(parameters) else {
            throw .algorithm("the model that was learned is not finite: a smaller learning rate may help.")
        }
        try writeModel(Array(data), named: learnedModelFile)
    }
}
