import Definitions
import InferenceLog
import Pipelines

/// Reads the values of one metric from one batch.
struct BatchMetric {
    private let metric: ResolvedMetric
    private let batch: LogBatch
    private let prediction: BatchPrediction?
    private var expression: BatchExpression?

    init(_ metric: ResolvedMetric, _ layout: TensorLayout, _ batch: LogBatch) {
        self.metric = metric
        self.batch = batch
        if case .accuracy(let prediction) = metric.kind {
            self.prediction = BatchPrediction(prediction, layout, batch)
        } else {
            prediction = nil
        }
        if case .expression(let expression) = metric.kind {
            self.expression = BatchExpression(expression, layout, batch)
        }
    }

    /// The squares of larger values could overflow.
    private static let largestValue = 1e150

    /// Returns the value of an inference, the mean of its rows; `nil` if it has none.
    ///
    /// - Parameter slot: Its labels. The first one counts, so that a correction does not change evidence.
    mutating func value(at entry: Int, _ slot: LabelTable.Slot?) -> Double? {
        let flags = batch.flags(at: entry)
        switch metric.kind {
        case .errors: return flags.contains(.failed) ? 1 : 0
        case .checkFailures: return flags.contains(.failed) ? nil : flags.contains(.valid) ? 0 : 1
        case .latency(let budget): return flags.contains(.failed) || batch.elapsed[entry] > budget ? 1 : 0
        case .accuracy, .expression:
            guard !flags.contains(.failed) else { return nil }
            let rows = batch.rows(at: entry)
            let logged = slot.map { _ in LoggedRows(batch, entry) }
            var sum = 0.0
            var count = 0
            for (index, row) in rows.enumerated() {
                let label = logged.flatMap { slot?.firstValue(row: $0.number(index), of: $0.total) }
                guard let value = value(row: row, label) else { continue }
                sum += value
                count += 1
            }
            return count > 0 && sum.magnitude <= Self.largestValue ? sum / Double(count) : nil
        }
    }

    private mutating func value(row: Int, _ label: Label.Value?) -> Double? {
        if let prediction { return label.flatMap { prediction.isRight(row, $0) }.map { $0 ? 1 : 0 } }
        return expression?.value(row: row, label)
    }
}

/// An expression with the columns of its elements.
struct BatchExpression {
    private let operations: [Expression.Operation]
    private let columns: [[LogValueColumn]]
    private var stack: [Expression.Value] = []
    private let isRate: Bool

    init(_ expression: Expression, _ layout: TensorLayout, _ batch: LogBatch) {
        operations = expression.operations
        columns = operations.map { $0.operand.map { layout.columns(of: $0, in: batch) } ?? [] }
        isRate = (try? expression.kinds { element throws(RoostError) in try layout.kind(of: element) })?.last == .truth
    }

    /// Returns `nil` if an element has no value, or if the result is not finite.
    mutating func value(row: Int, _ label: Label.Value? = nil) -> Double? {
        let value = Expression.evaluate(operations, &stack) { index, element in
            switch element.source {
            case .label:
                switch label {
                case .number(let number): return .number(number)
                case .text(let text): return .text(text)
                case nil: return nil
                }
            default:
                for column in columns[index] {
                    if let number = column.number(at: row) { return .number(number) }
                    if let text = column.text(at: row) { return .text(text) }
                }
                return nil
            }
        }
        guard case .number(let number) = value, number.isFinite else { return nil }
        return number
    }
}
