import Definitions
import Statistics
import Tensors

/// The numbers of classes, by their names.
struct ClassNumbers {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func number(of name: String) -> Int {
        if let known = numbers[name] { return known }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }

    /// Whether the classes are `0` and `1`, or one of them.
    var areBinary: Bool { names.allSatisfy { $0 == "0" || $0 == "1" } }

    func isPositive(_ number: Int) -> Bool { names.indices.contains(number) && names[number] == "1" }
}

/// What a model predicted for labeled rows, as far as a metric needs it.
struct ScoredRows {
    let metric: QualityCheck.Metric
    private let selection: OutputSelection
    private let threshold: Double
    private(set) var truth: [Double] = []
    private(set) var predicted: [Double] = []
    /// The rows whose prediction is not a finite number.
    private(set) var notFinite: Set<Int> = []

    init(_ metric: QualityCheck.Metric, _ selection: OutputSelection, threshold: Double) {
        self.metric = metric
        self.selection = selection
        self.threshold = threshold
    }

    var count: Int { truth.count }

    /// The number of rows that have the rarest of the labels.
    var rowsOfRarestClass: Int {
        var counts: [Double: Int] = [:]
        for label in truth { counts[label, default: 0] += 1 }
        return counts.values.min() ?? 0
    }

    /// Adds the rows of a batch.
    ///
    /// - Returns: Why they cannot be used; `nil` if they can.
    mutating func add(_ labels: [String], _ outputs: [Tensor], _ classes: inout ClassNumbers) -> String? {
        guard outputs.indices.contains(selection.output) else { return "There is no output '\(selection.name)'." }
        let tensor = outputs[selection.output]
        guard tensor.rowCount == labels.count else {
            return "Output '\(selection.name)' has \(tensor.rowCount) rows for \(labels.count) rows of inputs."
        }
        for (row, label) in labels.enumerated() {
            guard let range = selection.range(ofRow: row, in: tensor), !range.isEmpty else {
                return "A row of output '\(selection.name)' is too short."
            }
            if let problem = add(label, tensor, range, &classes) { return problem }
        }
        return nil
    }

    private mutating func add(
        _ label: String,
        _ tensor: Tensor,
        _ range: Range<Int>,
        _ classes: inout ClassNumbers
    ) -> String? {
        func values() -> [Double] { range.map { tensor.number(at: $0) ?? .nan } }
        switch metric {
        case .mae, .mse, .rmse, .r2:
            guard let value = Double(label), value.isFinite else {
                return "The label '\(label.prefix(40))' is not a number, which \(metric.rawValue) needs."
            }
            guard range.count == 1, let number = tensor.number(at: range.lowerBound) else {
                return "\(metric.rawValue) needs one number per row. Choose an element of the output with 'output'."
            }
            append(value, number)
        case .accuracy, .precision, .recall, .f1:
            let truth = classes.number(of: SuiteWords.className(of: label))
            if range.count == 1, let name = tensor.className(at: range.lowerBound) {
                append(Double(truth), Double(classes.number(of: SuiteWords.className(of: name))))
            } else {
                guard tensor.dataType != .bytes else {
                    return "Output '\(selection.name)' has several strings per row."
                }
                let scores = values()
                guard scores.allSatisfy(\.isFinite) else {
                    append(Double(truth), .nan)
                    return nil
                }
                let best =
                    scores.count == 1
                    ? (scores[0] >= threshold ? 1 : 0) : scores.indices.max { scores[$0] < scores[$1] } ?? 0
                append(Double(truth), Double(classes.number(of: "\(best)")))
            }
        case .auc, .logLoss:
            let name = SuiteWords.className(of: label)
            let scores = values()
            if scores.count <= 2 {
                guard name == "0" || name == "1" else {
                    return "The label '\(label.prefix(40))' is neither 0 nor 1, which \(metric.rawValue) needs."
                }
                let score = scores[scores.count - 1]
                append(name == "1" ? 1 : 0, metric == .auc || name == "1" ? score : 1 - score)
            } else {
                guard metric == .logLoss else {
                    return "auc needs one score per row. Choose an element of the output with 'output'."
                }
                guard let index = Int(name), scores.indices.contains(index) else {
                    return "The label '\(label.prefix(40))' is not the number of a class."
                }
                append(Double(index), scores[index])
            }
        }
        return nil
    }

    private mutating func append(_ truth: Double, _ predicted: Double) {
        if !predicted.isFinite { notFinite.insert(count) }
        self.truth.append(truth)
        self.predicted.append(predicted)
    }

    /// Returns the metric of some of the rows.
    ///
    /// - Returns: `nil` if it is not defined.
    func value(_ classes: ClassNumbers, where isIncluded: (Int) -> Bool = { _ in true }) -> Double? {
        let rows = truth.indices.filter(isIncluded)
        switch metric {
        case .accuracy:
            return rows.isEmpty ? nil : Double(rows.count { truth[$0] == predicted[$0] }) / Double(rows.count)
        case .precision, .recall, .f1: return confusion(rows, classes)
        case .auc:
            return ProbabilityQuality.rocAUC(truth: rows.map { truth[$0] == 1 }, scores: rows.map { predicted[$0] })
        case .logLoss:
            return ProbabilityQuality.logLoss(truth: rows.map { _ in true }, probabilities: rows.map { predicted[$0] })
        case .mae, .mse, .rmse, .r2:
            var quality = RegressionQuality()
            for row in rows { quality.add(truth: truth[row], predicted: predicted[row]) }
            return switch metric {
            case .mae: quality.meanAbsoluteError
            case .mse: quality.meanSquaredError
            case .rmse: quality.rootMeanSquaredError
            default: quality.rSquared
            }
        }
    }

    private func confusion(_ rows: [Int], _ classes: ClassNumbers) -> Double? {
        guard classes.areBinary else {
            var confusion = MulticlassConfusion(classCount: classes.names.count)
            for row in rows { confusion.add(truth: Int(truth[row]), predicted: Int(saturating: predicted[row])) }
            return switch metric {
            case .precision: confusion.weightedPrecision
            case .recall: confusion.weightedRecall
            default: confusion.weightedF1
            }
        }
        var confusion = BinaryConfusion()
        for row in rows {
            confusion.add(
                truth: classes.isPositive(Int(truth[row])),
                predicted: classes.isPositive(Int(saturating: predicted[row]))
            )
        }
        return switch metric {
        case .precision: confusion.precision
        case .recall: confusion.recall
        default: confusion.f1
        }
    }
}

/// The difference of a metric between a candidate and the version in production, on the same rows.
struct MetricDifference {
    /// The level of the interval is 1 − alpha.
    static let alpha = 0.05
    /// With fewer rows, no interval means much.
    static let minimumRows = 30
    private static let groups = 50

    let difference: Double
    let lower: Double
    let upper: Double

    /// - Returns: `nil` if it is not defined.
    init?(_ candidate: ScoredRows, _ champion: ScoredRows, _ classes: ClassNumbers) {
        guard candidate.count == champion.count, let new = candidate.value(classes), let old = champion.value(classes)
        else { return nil }
        difference = new - old
        let interval: ConfidenceInterval?
        switch candidate.metric {
        case .accuracy:
            var (onlyOld, onlyNew) = (0, 0)
            for row in 0..<candidate.count {
                let isRight = candidate.predicted[row] == candidate.truth[row]
                let wasRight = champion.predicted[row] == champion.truth[row]
                if wasRight, !isRight { onlyOld += 1 } else if isRight, !wasRight { onlyNew += 1 }
            }
            interval = PairedDifference.ofRates(
                onlyFirst: onlyOld,
                onlySecond: onlyNew,
                count: candidate.count,
                alpha: Self.alpha
            )
        case .mae, .mse, .logLoss:
            var moments = Moments()
            for row in 0..<candidate.count {
                guard let loss = Self.loss(candidate, row), let before = Self.loss(champion, row) else { return nil }
                moments.add(loss - before)
            }
            interval = PairedDifference.ofMeans(moments, alpha: Self.alpha)
        case .precision, .recall, .f1, .auc, .rmse, .r2:
            // With few rows of a class, the parts hardly differ, and say too little about chance.
            guard
                candidate.metric == .rmse || candidate.metric == .r2 || candidate.rowsOfRarestClass >= Self.minimumRows
            else { return nil }
            let count = min(Self.groups, candidate.count)
            var parts: [Double] = []
            for group in 0..<count {
                guard let new = candidate.value(classes, where: { $0 % count != group }),
                    let old = champion.value(classes, where: { $0 % count != group })
                else { return nil }
                parts.append(new - old)
            }
            interval = PairedDifference.jackknife(whole: difference, parts: parts, alpha: Self.alpha)
        }
        guard let interval else { return nil }
        (lower, upper) = (interval.lower, interval.upper)
    }

    private static func loss(_ rows: ScoredRows, _ row: Int) -> Double? {
        let error = rows.truth[row] - rows.predicted[row]
        return switch rows.metric {
        case .mae: error.magnitude
        case .mse: error * error
        default: ProbabilityQuality.logLoss(truth: [true], probabilities: [rows.predicted[row]])
        }
    }
}
