import Foundation
import Runtimes

/// Runs XGBoost's rounds: each trains, prints the metrics, and may be the last.
struct BoostingRounds {
    private let settings: XGBoostSettings
    private let booster: TrainingBooster
    private let folder: LearningFolder
    private let data: [WatchedData]
    private var best: (round: Int, score: Double, metrics: String)?
    /// Only for a linear booster, whose later rounds cannot be cut off.
    private var bestModel: [UInt8]?
    private var lastCheckpoint = ContinuousClock.now
    /// Rounds of the model that training continues from.
    private var earlierRounds = 0
    private(set) var isTerminated = false
    /// The metrics of the last round.
    private(set) var metrics: [Metric] = []

    init(settings: XGBoostSettings, booster: TrainingBooster, folder: LearningFolder, data: [WatchedData]) {
        self.settings = settings
        self.booster = booster
        self.folder = folder
        self.data = data
    }

    /// - Parameter start: The first round's number; greater than 0 when resuming from a checkpoint.
    mutating func run(from start: Int) throws(LearningError) {
        // With process_type 'update', the rounds of the earlier model are repeated.
        if start == 0, !settings.updatesTrees {
            earlierRounds = try runningXGBoost { () throws(RuntimeError) in try booster.roundCount() }
        }
        guard start < settings.rounds else { return }
        for round in start..<settings.rounds {
            metrics = try runningXGBoost { () throws(RuntimeError) in
                try booster.update(earlierRounds + round, with: data[0].matrix)
                return try evaluate(round)
            }
            LearningLog.info("[\(round)]" + metrics.map { "#011\($0.name):\($0.text)" }.joined())
            let isLast = round == settings.rounds - 1
            isTerminated = Termination.isRequested
            let isStale = try watch(metrics, round)
            try saveCheckpoint(round, always: isLast || isTerminated || isStale)
            if isStale {
                LearningLog.info("Stopping. Best iteration:")
                LearningLog.info(best?.metrics ?? "")
            }
            if isTerminated || isStale { break }
        }
    }

    typealias Metric = (name: String, text: String)

    /// Returns the metrics of all watched data, named `CHANNEL-METRIC`.
    private func evaluate(_ round: Int) throws(RuntimeError) -> [Metric] {
        let line = try booster.evaluate(round, on: data.map { ($0.name, $0.matrix) })
        var metrics: [Metric] = line.split(separator: "\t").dropFirst().compactMap { item in
            guard let colon = item.lastIndex(of: ":") else { return nil }
            // XGBoost prints more digits than a Float has.
            let text = item[item.index(after: colon)...]
            return (String(item[..<colon]), Float(text).map { "\($0)" } ?? String(text))
        }
        guard !settings.customMetrics.isEmpty else { return metrics }
        for watched in data {
            let predictions = try booster.predict(watched.matrix)
            let classes = classes(of: predictions, rows: watched.labels.count)
            for metric in settings.customMetrics {
                let compared = metric.isOfClasses ? classes : predictions
                let value =
                    compared.count == watched.labels.count
                    ? metric.value(labels: watched.labels, predictions: compared) : .nan
                metrics.append(("\(watched.name)-\(metric.rawValue)", String(format: "%.6f", value)))
            }
        }
        return metrics
    }

    private func classes(of predictions: [Float], rows: Int) -> [Float] {
        let width = predictions.count / max(rows, 1)
        if width > 1 {
            return (0..<rows).map { row in
                let scores = predictions[(row * width)..<((row + 1) * width)]
                let best = scores.indices.max { scores[$0] < scores[$1] } ?? scores.startIndex
                return Float(best - scores.startIndex)
            }
        }
        if settings.objective == "multi:softmax" { return predictions }
        let threshold: Float = settings.objective == "binary:logitraw" ? 0 : 0.5
        return predictions.map { $0 > threshold ? 1 : 0 }
    }

    // MARK: Early stopping

    /// Records the round if the last metric of the last watched data is the best so far.
    ///
    /// - Returns: Whether training must stop because the metric has not improved for `earlyStoppingRounds` rounds.
    private mutating func watch(_ metrics: [Metric], _ round: Int) throws(LearningError) -> Bool {
        guard let patience = settings.earlyStoppingRounds, let last = metrics.last, let score = Double(last.text) else {
            return false
        }
        let name = last.name.drop { $0 != "-" }.dropFirst()
        let isBetter = best.map { Self.isMaximized(name) ? score > $0.score : score < $0.score } ?? !score.isNaN
        if isBetter {
            best = (round, score, "[\(round)]" + metrics.map { "#011\($0.name):\($0.text)" }.joined())
            if settings.booster == "gblinear" {
                bestModel = try runningXGBoost { () throws(RuntimeError) in try booster.save() }
            }
        }
        return round - (best?.round ?? 0) >= patience
    }

    private static func isMaximized(_ metric: Substring) -> Bool {
        if let own = QualityMetric(rawValue: String(metric)) { return own.isMaximized }
        return ["auc", "aucpr", "pre", "map", "ndcg", "interval-regression-accuracy"]
            .contains(String(metric.prefix { $0 != "@" }))
    }

    // MARK: Results

    /// Returns the model, as of the best round if early stopping is on.
    func model() throws(LearningError) -> [UInt8] {
        try runningXGBoost { () throws(RuntimeError) in
            guard let best else { return try booster.save() }
            if let bestModel { return bestModel }
            try booster.setAttribute("best_iteration", "\(earlierRounds + best.round)")
            try booster.setAttribute("best_score", "\(best.score)")
            let wanted = earlierRounds + best.round + 1
            return try (try booster.roundCount() > wanted ? booster.first(wanted) : booster).save()
        }
    }

    /// Saves a checkpoint at most once a second, and after the last round.
    private mutating func saveCheckpoint(_ round: Int, always: Bool) throws(LearningError) {
        // A checkpoint does not record its fold.
        guard settings.folds == nil, folder.keepsCheckpoints, always || .now - lastCheckpoint > .seconds(1) else {
            return
        }
        let bytes = try runningXGBoost { () throws(RuntimeError) in try booster.save() }
        try folder.writeCheckpoint(bytes, round: round)
        lastCheckpoint = .now
    }
}
