import Definitions
import InferenceLog
import Tensors

/// A metric, ready to be read from a log.
struct ResolvedMetric: Sendable {
    enum Kind: Sendable {
        case errors
        case checkFailures
        /// - Parameter budget: In nanoseconds.
        case latency(budget: Int64)
        /// Whether the prediction is the label.
        case accuracy(Prediction)
        case expression(Expression)
    }

    let settings: GoalMetric
    let kind: Kind
    /// Whether every value is 0 or 1, except for the share of the rows of a request.
    let isRate: Bool
    let isHigherBetter: Bool
    /// The values' range; `nil` if it is not known, so that the metric cannot decide.
    let range: ClosedRange<Double>?

    /// - Throws: ``RoostError`` if the metric does not fit the pipeline.
    init(_ settings: GoalMetric, _ labels: LabelSettings?, _ layout: TensorLayout) throws(RoostError) {
        try settings.check()
        self.settings = settings
        var isRate = true
        var prefers = GoalMetric.Direction.lower
        switch settings.metric {
        case "errors": kind = .errors
        case "check_failures": kind = .checkFailures
        case "latency":
            let budget = settings.budgetMilliseconds ?? 0
            kind = .latency(budget: Int64(saturating: budget * 1e6))
        case "accuracy":
            kind = .accuracy(try Prediction(labels, layout))
            prefers = .higher
        default:
            do throws(RoostError) {
                let expression = try Expression(parsing: settings.metric, for: .metric)
                let kinds = try expression.kinds { element throws(RoostError) in try layout.kind(of: element) }
                isRate = kinds.last == .truth
                kind = .expression(expression)
            } catch {
                throw RoostError(error.code, error.message, field: "metric")
            }
            prefers = .higher
        }
        self.isRate = isRate
        isHigherBetter = (settings.better ?? prefers) == .higher
        if isRate {
            range = 0...1
        } else if let minimum = settings.minimum, let maximum = settings.maximum {
            range = minimum...maximum
        } else {
            range = nil
        }
    }

    /// Whether a value needs the label of its inference.
    var needsLabel: Bool {
        switch kind {
        case .errors, .checkFailures, .latency: false
        case .accuracy: true
        case .expression(let expression):
            expression.operations.contains {
                if case .element(let element) = $0 { element.source == .label } else { false }
            }
        }
    }
}

extension TensorLayout {
    /// Returns the type of an element of a metric.
    func kind(of element: Expression.Element) throws(RoostError) -> Expression.Kind {
        let spec: TensorSpec
        switch element.source {
        case .label: return .unknown
        case .input(let name):
            let known = inputs.contains { $0.name == name || $0.featureNames?.contains(name) == true }
            // Rows as objects may have features that the signature does not name.
            guard known || inputs.count == 1 else {
                let names = inputs.map(\.name).joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "Unknown input '\(name.prefix(80))'. The pipeline has: \(names).",
                    field: "metric"
                )
            }
            return .unknown
        case .inputs: spec = try self.spec(element, inputs)
        case .answer, .outputs: spec = try self.spec(element, outputs)
        }
        return switch spec.dataType {
        case .bytes: .text
        case .bool: .truth
        default: .number
        }
    }

    private func spec(_ element: Expression.Element, _ specs: [TensorSpec]) throws(RoostError) -> TensorSpec {
        guard element.tensor < specs.count else {
            throw RoostError(
                .invalidInput,
                "'\(element)' does not exist: there are \(specs.count), counted from 0.",
                field: "metric"
            )
        }
        let spec = specs[element.tensor]
        for (index, length) in zip(element.indices, spec.shape.dropFirst()) where length >= 0 && index >= length {
            throw RoostError(
                .invalidInput,
                "'\(element)' does not exist: \(spec) has \(length) elements there, counted from 0.",
                field: "metric"
            )
        }
        return spec
    }
}

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
            var sum = 0.0
            var count = 0
            for (index, row) in rows.enumerated() {
                let label = slot?.firstValue(row: index, of: rows.count)
                guard let value = value(row: row, entry, label) else { continue }
                sum += value
                count += 1
            }
            return count > 0 && sum.magnitude <= Self.largestValue ? sum / Double(count) : nil
        }
    }

    private mutating func value(row: Int, _ entry: Int, _ label: Label.Value?) -> Double? {
        if let prediction { return label.flatMap { prediction.isRight(row, $0) }.map { $0 ? 1 : 0 } }
        return expression?.value(row: row, model: batch.subject(at: entry).modelName, label)
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
        columns = operations.map { operation in
            if case .element(let element) = operation { layout.columns(of: element, in: batch) } else { [] }
        }
        isRate = (try? expression.kinds { element throws(RoostError) in try layout.kind(of: element) })?.last == .truth
    }

    /// Returns `nil` if an element has no value, or if the result is not finite.
    mutating func value(row: Int, model: @autoclosure () -> String, _ label: Label.Value?) -> Double? {
        let value = Expression.evaluate(operations, &stack) { index, element in
            switch element.source {
            case .label:
                switch label {
                case .number(let number): return .number(number)
                case .text(let text): return .text(text)
                case nil: return nil
                }
            case .outputs(let name) where name != model(): return nil
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
