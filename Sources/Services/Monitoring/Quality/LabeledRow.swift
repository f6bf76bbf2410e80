import Definitions
import Foundation
import InferenceLog

/// What was predicted for a row, and what turned out to be true.
struct LabeledRow {
    /// The predicted class, if the model returns it or has a score for each class.
    let decision: BatchPrediction.Decision?
    /// The score or number that was predicted.
    let number: Double?
    /// The score of the predicted class.
    let score: Double?
    /// The score of the right class, if there is one for each.
    let rightScore: Double?
    /// Whether the scores of the classes are probabilities that add up to 1.
    let isDistribution: Bool
    let label: Label.Value

    /// Returns `nil` if the row has no prediction.
    init?(_ predictions: BatchPrediction, _ row: Int, _ label: Label.Value) {
        let best = predictions.bestClass(row)
        decision = best.map { .number(Double($0)) } ?? predictions.text(row).map { .text($0) }
        number = best == nil ? predictions.number(row) : nil
        guard decision != nil || number != nil else { return nil }
        if best != nil, case .number(let label) = label, let index = Int(exactly: label), index >= 0 {
            rightScore = predictions.number(row, class: index)
        } else {
            rightScore = nil
        }
        score = best.flatMap { predictions.number(row, class: $0) }
        isDistribution = rightScore != nil && predictions.isDistribution(row)
        self.label = label
    }

    /// Returns what kind of predictions these are; `nil` if no label fits.
    ///
    /// - Parameter settings: What the pipeline declares of its labels.
    static func task(of rows: some Collection<LabeledRow>, _ settings: LabelSettings?) -> QualityReport.Task? {
        guard !rows.isEmpty else { return nil }
        if rows.contains(where: { $0.decision != nil }) { return .multiclass }
        if settings?.kind == .number { return .regression }
        if settings?.threshold != nil { return .binary }
        // A label that is a text cannot be compared with a number, and says nothing about the others.
        let numbers = rows.lazy.compactMap { row -> (said: Double, label: Double)? in
            guard case .number(let label) = row.label, let said = row.number else { return nil }
            return (said, label)
        }
        let areProbabilities = numbers.allSatisfy { (0...1).contains($0.said) }
        let areBinary = numbers.allSatisfy { $0.label == 0 || $0.label == 1 }
        if areProbabilities, areBinary, !numbers.isEmpty { return .binary }
        guard settings?.kind == .class else { return numbers.isEmpty ? nil : .regression }
        // One label that is wrong does not make classes of scores, and without a threshold other amounts decide nothing.
        guard numbers.contains(where: { $0.said.rounded() != $0.said }) else { return .multiclass }
        return areProbabilities ? .binary : nil
    }

    /// Returns whether the prediction is the label, and if not, how bad it is; `nil` if the two cannot be compared.
    ///
    /// - Parameter threshold: The score from which a prediction counts as positive.
    func outcome(_ task: QualityReport.Task, threshold: Double) -> (isRight: Bool, loss: Double)? {
        switch task {
        case .regression, .binary:
            guard case .number(let label) = label, let number, number.isFinite else { return nil }
            guard task == .regression || label == 0 || label == 1 else { return nil }
            let error = (number - label).magnitude
            guard error.isFinite else { return nil }
            return (task == .binary ? (number >= threshold) == (label == 1) : error == 0, error)
        case .multiclass:
            let truth = BatchPrediction.Decision(label)
            // A text is never a class that is a number.
            guard let predicted, predicted.isText == truth.isText else { return nil }
            return (predicted == truth, rightScore.map { 1 - $0 } ?? 1)
        }
    }

    /// The predicted class, or the number as one.
    var predicted: BatchPrediction.Decision? { decision ?? number.map { .number($0) } }

    /// Returns the row as one that was predicted wrongly.
    ///
    /// - Parameter row: Its number in the request.
    func mistake(
        _ batch: LogBatch,
        entry: Int,
        row: Int,
        _ task: QualityReport.Task,
        threshold: Double,
        loss: Double
    ) -> QualityReport.Mistake {
        let subject = batch.subject(at: entry)
        let said = number.map { task == .binary ? ($0 >= threshold ? "1" : "0") : QualityGatherer.text($0) }
        return QualityReport.Mistake(
            id: batch.id(at: entry),
            time: Date(milliseconds: batch.times[entry]),
            row: row,
            model: subject.modelName,
            modelVersion: subject.modelVersion,
            prediction: decision?.text ?? said ?? "",
            score: task == .binary ? number : score,
            label: BatchPrediction.Decision(label).text,
            loss: loss
        )
    }
}

extension BatchPrediction.Decision {
    init(_ label: Label.Value) {
        switch label {
        case .number(let number): self = .number(number)
        case .text(let text): self = .text(text)
        }
    }

    var isText: Bool { if case .text = self { true } else { false } }

    var text: String {
        switch self {
        case .number(let number): QualityGatherer.text(number)
        case .text(let text): text
        }
    }
}
