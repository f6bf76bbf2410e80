import Definitions
import InferenceLog
import Pipelines

/// The predictions of one batch.
struct BatchPrediction {
    private let columns: [LogValueColumn]
    private let isScores: Bool
    /// What single numbers decide.
    private let decisions: NumberDecisions

    /// - Parameter decisions: What single numbers decide, if that is known from all of them.
    init(_ prediction: Prediction, _ layout: TensorLayout, _ batch: LogBatch, _ decisions: NumberDecisions? = nil) {
        self.decisions = decisions ?? NumberDecisions(prediction)
        switch prediction.shape {
        case .single(let element):
            isScores = false
            columns = layout.columns(of: element, in: batch)
        case .scores(let output, let count):
            isScores = true
            var columns: [LogValueColumn] = []
            for place in 0..<(count > 0 ? count : 1 << 16) {
                guard let column = batch.value(.output(output), .element(place)) else { break }
                columns.append(column)
            }
            self.columns = columns
        }
    }

    var classCount: Int { isScores ? columns.count : 0 }

    /// The score or number of a row, or that of a class.
    func number(_ row: Int, class index: Int = 0) -> Double? {
        index < columns.count ? columns[index].number(at: row) : nil
    }

    func text(_ row: Int) -> String? { isScores ? nil : columns.lazy.compactMap { $0.text(at: row) }.first }

    /// The class with the highest score.
    func bestClass(_ row: Int) -> Int? {
        guard isScores else { return nil }
        var best: (index: Int, score: Double)?
        for (index, column) in columns.enumerated() {
            guard let score = column.number(at: row) else { return nil }
            if best.map({ score > $0.score }) ?? true { best = (index, score) }
        }
        return best?.index
    }

    /// Whether the scores of the classes are probabilities that add up to 1.
    func isDistribution(_ row: Int) -> Bool {
        var sum = 0.0
        for column in columns {
            guard let score = column.number(at: row), (0...1).contains(score) else { return false }
            sum += score
        }
        return isScores && (sum - 1).magnitude < 1e-3
    }

    /// Returns whether a row's decision is its label; `nil` if the two cannot be compared.
    func isRight(_ row: Int, _ label: Label.Value) -> Bool? {
        switch label {
        case .text(let label): return text(row).map { $0 == label }
        case .number(let label):
            if isScores { return bestClass(row).map { Double($0) == label } }
            return number(row).flatMap { decisions.isRight($0, label) }
        }
    }

    /// Returns the decision of a row, to compare two models.
    func decision(_ row: Int) -> Decision? {
        if let text = text(row) { return .text(text) }
        if let best = bestClass(row) { return .number(Double(best)) }
        return number(row).flatMap { decisions.decision($0) }.map { .number($0) }
    }

    enum Decision: Hashable, Sendable {
        case number(Double)
        case text(String)
    }
}
