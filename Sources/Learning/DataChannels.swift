import Foundation

/// The channels of an algorithm that reads csv, libsvm and recordio-protobuf.
struct DataChannels {
    let folder: LearningFolder
    let threads: Int
    /// Whether the algorithm learns from labels.
    let needsLabels: Bool

    /// The data of each of `names` that is there; the first one must be.
    func read(_ names: [String]) throws(LearningError) -> [(name: String, data: TrainingData)] {
        let channels = try folder.channels()
        var read: [(name: String, data: TrainingData)] = []
        for name in names {
            guard let channel = channels[name] else {
                if name == names[0] { throw .client("Missing required channel: \(name)") }
                continue
            }
            guard !channel.files.isEmpty else { throw .client("No data in \(name) channel.") }
            let type = try ContentType(channel.contentType, default: .recordIO, channel: name)
            var data: TrainingData
            switch type.format {
            case .csv:
                data = try CSVReader(labelSize: type.labelSize, hasWeights: false, threads: threads).read(channel)
            case .libsvm: data = try LibsvmReader(threads: threads).read(channel)
            case .recordIO: data = try RecordIOReader().read(channel)
            }
            if needsLabels, data.labels.count != data.rowCount {
                throw .client("Rows of channel '\(name)' have no label, but this algorithm learns from labels.")
            }
            try data.refuseMissingValues(channel: name)
            if let first = read.first?.data {
                // Sparse rows do not say how many columns there are.
                if case .sparse = data.features, data.columnCount < first.columnCount {
                    data.columnCount = first.columnCount
                }
                guard data.columnCount == first.columnCount else {
                    throw .client(
                        "Channel '\(name)' has \(data.columnCount) features a row, but channel '\(names[0])' has "
                            + "\(first.columnCount)."
                    )
                }
            }
            LearningLog.info("\(name.capitalized) data has \(data.rowCount) rows and \(data.columnCount) features")
            read.append((name, data))
        }
        return read
    }

    /// Checks `feature_dim`, which sparse rows may need; answers the data with that many features.
    static func fit(
        _ data: [(name: String, data: TrainingData)],
        to featureCount: Int?
    ) throws(LearningError) -> [(name: String, data: TrainingData)] {
        guard let featureCount else { return data }
        var fitted = data
        for index in fitted.indices {
            let columns = fitted[index].data.columnCount
            if case .sparse = fitted[index].data.features, columns < featureCount {
                fitted[index].data.columnCount = featureCount
            } else if columns != featureCount {
                throw .client(
                    "Hyperparameter feature_dim: \(featureCount) does not match the \(columns) features of channel "
                        + "'\(fitted[index].name)'"
                )
            }
        }
        return fitted
    }
}

/// Lines that metrics are read from, as AWS's own algorithms write them.
enum QualityLine {
    static func write(_ channel: String, _ metric: String, _ value: Double, isScore: Bool = false, epoch: Int? = nil) {
        let epoch = epoch.map { "epoch=\($0), " } ?? ""
        LearningLog.info(
            "#quality_metric: host=algo-1, \(epoch)\(channel) \(metric) <\(isScore ? "score" : "loss")>=\(value)"
        )
    }
}
