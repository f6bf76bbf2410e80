import Archives
import Foundation
import Runtimes

/// Learns boosted trees with XGBoost, as SageMaker's container does.
struct XGBoostAlgorithm {
    private let folder: LearningFolder
    private let hyperparameters: XGBoostHyperparameters
    private let library: XGBoostTraining
    private let threadCount: Int

    init(_ folder: LearningFolder, search: RuntimeLibrary.SearchPath, threadCount: Int) throws {
        self.folder = folder
        self.threadCount = threadCount
        hyperparameters = try XGBoostHyperparameters(folder.hyperparameters())
        library = try XGBoostTraining(search: search)
    }

    /// A set of rows that is looked at after each round.
    private struct Watched {
        let name: String
        let matrix: XGBoostTraining.Matrix
        let labels: [Float]
    }

    func run() throws {
        let channels = try folder.channels()
        let train = try read("train", channels, columns: nil)
        guard let train else { throw LearningError.client("the channel 'train' is missing.") }
        var watched = [train.watched]
        if let validation = try read("validation", channels, columns: train.columns) {
            watched.append(validation.watched)
        }
        logLine("Train matrix has \(train.watched.labels.count) rows and \(train.columns) columns")
        if watched.count > 1 { logLine("Validation matrix has \(watched[1].labels.count) rows") }
        try boost(watched)
    }

    // MARK: Data

    private func read(_ channel: String, _ channels: [String: String?], columns: Int?) throws -> (
        watched: Watched, columns: Int
    )? {
        guard let given = channels[channel] else { return nil }
        let type = try ContentType(given, channel: channel, fallback: .libsvm, labelCount: 1)
        guard type.labelCount == 1 else {
            throw LearningError.client("the channel '\(channel)' has no labels; this algorithm learns from them.")
        }
        let data = try DataReader.read(
            folder.data(of: channel),
            channel: channel,
            type: type,
            hasWeights: type.format == .csv && hyperparameters.hasCSVWeights
        )
        if let columns, data.columnCount != columns, type.format == .csv || data.columnCount > columns {
            throw LearningError.client(
                "the channel '\(channel)' has \(data.columnCount) features, but 'train' has \(columns)."
            )
        }
        let matrix: XGBoostTraining.Matrix
        let columnCount = columns ?? data.columnCount
        switch data.features {
        case .dense(let values):
            matrix = try library.matrix(dense: values, columns: columnCount, threads: threadCount)
        case .sparse(let rowStarts, let columns, let values):
            matrix = try library.matrix(
                rowStarts: rowStarts,
                columns: columns,
                values: values,
                columnCount: columnCount,
                threads: threadCount
            )
        }
        try library.set("label", data.labels, on: matrix)
        if !data.weights.isEmpty { try library.set("weight", data.weights, on: matrix) }
        return (Watched(name: channel, matrix: matrix, labels: data.labels), columnCount)
    }

    // MARK: Boosting

    private func boost(_ watched: [Watched]) throws {
        let booster = try library.booster(for: watched.map(\.matrix))
        var first = try start(booster)
        do {
            try library.set("nthread", "\(threadCount)", on: booster)
            for (name, value) in hyperparameters.parameters { try library.set(name, value, on: booster) }
            for metric in hyperparameters.nativeMetrics { try library.set("eval_metric", metric, on: booster) }
            if !hyperparameters.metrics.isEmpty, hyperparameters.nativeMetrics.isEmpty {
                try library.set("disable_default_eval_metric", "1", on: booster)
            }
            Termination.watch()
            var stopping = EarlyStopping(patience: hyperparameters.earlyStoppingRounds)
            let last = hyperparameters.updatesProcess ? hyperparameters.roundCount : first + hyperparameters.roundCount
            if hyperparameters.updatesProcess { first = 0 }
            if first >= last { logLine("The checkpoint has all \(last) rounds already") }
            for round in first..<max(first, last) {
                if Termination.isAsked { return try end(booster, round) }
                try library.update(booster, round: round, on: watched[0].matrix)
                let metrics = try evaluate(booster, round, watched)
                logLine("[\(round)]" + metrics.map { "#011\($0.name):\($0.text)" }.joined())
                try keepCheckpoint(booster, rounds: round + 1)
                if let watchedMetric = metrics.last {
                    let isMaximized = XGBoostHyperparameters.isMaximized(watchedMetric.metric)
                    if stopping.isOver(after: round, Double(watchedMetric.text) ?? .nan, isMaximized: isMaximized) {
                        logLine("Stopping. Best iteration: [\(stopping.bestRound)]")
                        break
                    }
                }
            }
            // Later rounds made the validation worse, or at least no better.
            let isCut = hyperparameters.earlyStoppingRounds != nil && !hyperparameters.updatesProcess
            let best = isCut && stopping.bestRound >= 0 ? stopping.bestRound + 1 : nil
            try save(try best.map { try library.prefix($0, of: booster) } ?? booster)
        } catch let error as XGBoostTraining.Failure {
            throw LearningError.client("XGBoost refuses this: \(error.description)")
        }
    }

    private struct Metric {
        /// `validation-rmse`
        var name: String
        /// `rmse`
        var metric: String
        var text: String
    }

    private func evaluate(_ booster: XGBoostTraining.Booster, _ round: Int, _ watched: [Watched]) throws -> [Metric] {
        var native: [Metric] = []
        if hyperparameters.metrics.isEmpty || !hyperparameters.nativeMetrics.isEmpty {
            let text = try library.evaluate(booster, round: round, on: watched.map { ($0.name, $0.matrix) })
            native = text.split(separator: "\t").dropFirst().compactMap { field in
                guard let colon = field.lastIndex(of: ":") else { return nil }
                let name = String(field[..<colon])
                let metric = name.split(separator: "-", maxSplits: 1).last.map(String.init) ?? name
                return Metric(name: name, metric: metric, text: String(field[field.index(after: colon)...]))
            }
        }
        guard !hyperparameters.predictionMetrics.isEmpty else { return native }
        // The container has those that it computes itself after all others, the last set of rows last.
        return native
            + (try watched.flatMap { set in
                let predictions = try library.predict(booster, on: set.matrix)
                return hyperparameters.predictionMetrics.map { metric in
                    let isMargin = hyperparameters.objective == "binary:logitraw"
                    let value = metric.value(predictions, set.labels, isMargin: isMargin)
                    return Metric(
                        name: "\(set.name)-\(metric.rawValue)",
                        metric: metric.rawValue,
                        text: String(format: "%.6g", value)
                    )
                }
            })
    }

    private func save(_ booster: XGBoostTraining.Booster) throws {
        try folder.write(try library.save(booster), to: folder.model + "/xgboost-model")
    }

    private func end(_ booster: XGBoostTraining.Booster, _ rounds: Int) throws {
        guard hyperparameters.savesOnTermination, rounds > 0 else { throw LearningError.stopped }
        logLine("Stopped after \(rounds) rounds; the model so far is kept")
        try save(booster)
    }

    // MARK: Going on from another model

    /// Takes over the last checkpoint, or the model of the channel `model`. Answers the rounds that are done.
    private func start(_ booster: XGBoostTraining.Booster) throws -> Int {
        if folder.keepsCheckpoints, let checkpoint = checkpoints().last {
            let data = try Data(contentsOf: URL(filePath: folder.checkpoints + "/" + checkpoint.name))
            do {
                try library.load(data, into: booster)
            } catch {
                throw LearningError.client("the checkpoint '\(checkpoint.name)' cannot be read: \(error).")
            }
            logLine("Going on from the checkpoint after \(checkpoint.rounds) rounds")
            return checkpoint.rounds
        }
        guard let model = try givenModel() else { return 0 }
        do {
            try library.load(model, into: booster)
        } catch {
            throw LearningError.client("the model in the channel 'model' cannot be read: \(error).")
        }
        let rounds = try library.rounds(of: booster)
        logLine("Going on from a model of \(rounds) rounds")
        return rounds
    }

    /// The file `xgboost-model` in the channel `model`, or in an archive there.
    private func givenModel() throws -> Data? {
        let channel = folder.data(of: "model")
        let names = (FileManager.default.enumerator(atPath: channel)?.compactMap { $0 as? String } ?? []).sorted()
        if let name = names.first(where: { ($0 as NSString).lastPathComponent == "xgboost-model" }) {
            return try Data(contentsOf: URL(filePath: "\(channel)/\(name)"))
        }
        guard let name = names.first(where: { $0.hasSuffix(".tar.gz") }) else { return nil }
        do {
            var limits = Archive.Limits()
            limits.bytes = 2 << 30
            let archive = try Archive(path: "\(channel)/\(name)", limits: limits)
            if let model = try archive.contents(ofFileNamed: "xgboost-model") { return Data(model) }
        } catch {
            throw LearningError.client("the archive '\(name)' of the channel 'model' cannot be read: \(error).")
        }
        throw LearningError.client("the archive '\(name)' of the channel 'model' has no file xgboost-model.")
    }

    private func checkpoints() -> [(name: String, rounds: Int)] {
        let prefix = "xgboost-checkpoint."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.checkpoints)) ?? []
        return names.compactMap { name in
            name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)).map { (name, $0) } : nil
        }.sorted { $0.1 < $1.1 }
    }

    /// The checkpoints that are kept.
    private static let checkpointCount = 5

    private func keepCheckpoint(_ booster: XGBoostTraining.Booster, rounds: Int) throws {
        guard folder.keepsCheckpoints else { return }
        try folder.write(try library.save(booster), to: "\(folder.checkpoints)/xgboost-checkpoint.\(rounds)")
        for old in checkpoints().dropLast(Self.checkpointCount) {
            try? FileManager.default.removeItem(atPath: "\(folder.checkpoints)/\(old.name)")
        }
    }
}

/// Ends training when the last metric of the last set of rows has not got better for some rounds.
private struct EarlyStopping {
    let patience: Int?
    private(set) var bestRound = -1
    private var best = Double.nan

    init(patience: Int?) { self.patience = patience }

    mutating func isOver(after round: Int, _ value: Double, isMaximized: Bool) -> Bool {
        guard let patience else { return false }
        if best.isNaN || (isMaximized ? value > best : value < best) {
            best = value
            bestRound = round
        }
        return round - bestRound >= patience
    }
}
