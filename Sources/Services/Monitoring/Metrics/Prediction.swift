import Definitions
import InferenceLog

/// Which output is compared with the labels.
struct Prediction: Sendable {
    enum Shape: Sendable {
        /// One score, number or class.
        case single(Expression.Element)
        /// A score for each class.
        case scores(output: Int, count: Int)
    }

    let shape: Shape
    /// In the language of metrics.
    let text: String
    let threshold: Double

    /// - Throws: ``RoostError`` if the prediction of the settings does not exist.
    init(_ settings: LabelSettings?, _ layout: TensorLayout) throws(RoostError) {
        threshold = settings?.threshold ?? 0.5
        guard threshold.isFinite else {
            throw RoostError(.invalidInput, "'threshold' must be a finite number.", field: "threshold")
        }
        let text = settings?.prediction ?? "outputs[0]"
        self.text = text
        let expression: Expression
        do throws(RoostError) {
            expression = try Expression(parsing: text, for: .metric)
        } catch {
            throw RoostError(.invalidInput, error.message, field: "prediction")
        }
        guard expression.operations.count == 1, case .element(let element) = expression.operations[0],
            element.source == .answer
        else {
            throw RoostError(
                .invalidInput,
                "The prediction must be an output, such as 'outputs[0][0]', not '\(text.prefix(80))'.",
                field: "prediction"
            )
        }
        do throws(RoostError) {
            _ = try layout.kind(of: element)
        } catch {
            throw RoostError(.invalidInput, error.message, field: "prediction")
        }
        let lengths = layout.outputs[element.tensor].shape.dropFirst()
        // 0 if a length is not known.
        var width = lengths.allSatisfy { $0 > 0 } ? 1 : 0
        for length in lengths {
            let (product, overflow) = width.multipliedReportingOverflow(by: length)
            width = overflow ? .max : product
        }
        // A row of unknown length is looked up in the log.
        if element.indices.isEmpty, width != 1 {
            shape = .scores(output: element.tensor, count: width)
        } else {
            shape = .single(element)
        }
    }
}

/// The predictions of one batch.
struct BatchPrediction {
    private let columns: [LogValueColumn]
    private let isScores: Bool
    private let threshold: Double

    init(_ prediction: Prediction, _ layout: TensorLayout, _ batch: LogBatch) {
        threshold = prediction.threshold
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

    /// Returns whether a row's decision is its label; `nil` if the two cannot be compared.
    func isRight(_ row: Int, _ label: Label.Value) -> Bool? {
        switch label {
        case .text(let label): return text(row).map { $0 == label }
        case .number(let label):
            if isScores { return bestClass(row).map { Double($0) == label } }
            guard let number = number(row) else { return nil }
            // A class among other than two is compared as it is.
            if label == 0 || label == 1, (0...1).contains(number) { return (number >= threshold ? 1 : 0) == label }
            return number == label
        }
    }

    /// Returns the decision of a row, to compare two models.
    func decision(_ row: Int) -> Decision? {
        if let text = text(row) { return .text(text) }
        if let best = bestClass(row) { return .number(Double(best)) }
        guard let number = number(row) else { return nil }
        return (0...1).contains(number) ? .number(number >= threshold ? 1 : 0) : nil
    }

    enum Decision: Hashable, Sendable {
        case number(Double)
        case text(String)
    }
}
