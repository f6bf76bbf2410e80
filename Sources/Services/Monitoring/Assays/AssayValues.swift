import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// The values of a metric in a baseline or window: numbers, strings, or none.
struct AssayValues: Sendable {
    /// How many distinct strings are told apart.
    static let categoryLimit = 10_000

    /// Without NaN, in no order.
    var numbers: [Double] = []
    var categories: [String: Int] = [:]
    /// Of categories beyond the limit.
    var other = 0
    /// The rows without a value.
    var missing = 0
    /// For a metric of quality: the number of labeled rows, instead of values.
    var labeledRows = 0
    /// For a metric of quality.
    var quality: WindowQuality?

    /// The values that are there.
    var count: Int { numbers.count + categories.values.reduce(0, +) + other + labeledRows }

    mutating func add(_ number: Double) {
        if number.isNaN { missing += 1 } else { numbers.append(number) }
    }

    mutating func add(_ category: String, count: Int = 1) {
        if let known = categories[category] {
            categories[category] = known + count
        } else if categories.count < Self.categoryLimit {
            categories[category] = count
        } else {
            other += count
        }
    }

    /// Makes each number a category.
    mutating func categorize() {
        var counts: [Double: Int] = [:]
        for number in numbers { counts[number, default: 0] += 1 }
        numbers = []
        for (number, count) in counts.sorted(by: { $0.key < $1.key }) { add(Self.text(number), count: count) }
    }

    static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
}

extension AssayResult.Summary {
    /// - Parameter sorted: The numbers among the values.
    init(_ values: AssayValues, sorted: [Double]) {
        self.init(count: values.count, missing: values.missing)
        if let quality = values.quality { mean = quality.value }
        let finite = sorted.drop { $0 == -.infinity }.prefix { $0 != .infinity }
        guard let first = finite.first, let last = finite.last else { return }
        let moments = Moments(finite)
        minimum = first
        maximum = last
        mean = moments.mean
        median = SortedNumbers(finite).quantile(at: 0.5)
        let variance = moments.squaredDeviations / Double(moments.count)
        deviation = variance.isFinite ? variance.squareRoot() : nil
    }
}

/// What an assay reads of the log.
struct AssaySource: Sendable {
    enum Kind: Sendable {
        /// A value of each row.
        case element(Definitions.Expression.Element)
        /// A value of each inference.
        case metric(ResolvedMetric)
        /// One value of all labeled rows together.
        case quality(Prediction, LabelSettings?)
    }

    let name: String
    let kind: Kind
    /// The name of the model whose answers count; `nil` for all.
    let model: String?

    /// - Throws: ``RoostError`` if the metric does not fit the pipeline.
    init(_ definition: AssayDefinition, _ subject: Monitoring.Subject) throws(RoostError) {
        name = definition.metric
        model = definition.model
        if definition.isQualityMetric {
            let labels = subject.settings.labels
            kind = .quality(try Prediction(labels, subject.layout), labels)
            return
        }
        if let element = try Self.element(definition.metric, subject.layout) {
            kind = .element(element)
            return
        }
        let metric = GoalMetric(metric: definition.metric, budgetMilliseconds: definition.budgetMilliseconds)
        kind = .metric(try ResolvedMetric(metric, subject.settings.labels, subject.layout))
    }

    private static func element(
        _ text: String,
        _ layout: TensorLayout
    ) throws(RoostError) -> Definitions.Expression.Element? {
        guard !GoalMetric.names.contains(text) else { return nil }
        do throws(RoostError) {
            let expression = try Definitions.Expression(parsing: text, for: .metric)
            guard expression.operations.count == 1, case .element(let element) = expression.operations[0],
                element.source != .label
            else { return nil }
            _ = try layout.kind(of: element)
            return element
        } catch {
            throw RoostError(error.code, error.message, field: "metric")
        }
    }

    var needsLabels: Bool {
        switch kind {
        case .element: false
        case .metric(let metric): metric.needsLabel
        case .quality: true
        }
    }

    /// Reads the values of a window. Blocks.
    ///
    /// - Parameters:
    ///   - labels: Those of the batches; empty unless ``needsLabels``.
    func values(_ batches: [LogBatch], _ labels: LabelTable?, _ layout: TensorLayout) -> AssayValues {
        var values = AssayValues()
        var labeled = WindowQuality.Rows()
        for (index, batch) in batches.enumerated() {
            switch kind {
            case .quality(let prediction, _):
                let predictions = BatchPrediction(prediction, layout, batch)
                for entry in entries(of: batch) where !batch.flags(at: entry).contains(.failed) {
                    guard let slot = labels?.slot(batch, index: index, entry: entry) else { continue }
                    labeled.append(slot.labeledRows(of: batch, entry, predictions))
                }
            case .element(let element):
                let columns = layout.columns(of: element, in: batch)
                for rows in rows(of: batch) { values.add(columns, rows) }
            case .metric(let metric):
                var reader = BatchMetric(metric, layout, batch)
                for entry in entries(of: batch) {
                    let slot = labels.flatMap { $0.isEmpty ? nil : $0.slot(batch, index: index, entry: entry) }
                    // What has no label yet is not missing.
                    if metric.needsLabel, slot == nil { continue }
                    values.add(reader.value(at: entry, slot) ?? .nan)
                }
            }
        }
        if case .quality(let prediction, let labels) = kind {
            values.labeledRows = labeled.rows.count
            values.quality = WindowQuality(name, labeled, labels, threshold: prediction.threshold)
        }
        return values
    }

    /// The inferences whose answers were returned.
    private func entries(of batch: LogBatch) -> [Int] {
        let counts = batch.subjects.map { $0.role == "champion" && (model == nil || model == $0.modelName) }
        let codes = batch.subjectCodes
        return batch.entryRanges.flatMap { $0.filter { counts[Int(codes[$0])] } }
    }

    /// The rows of those that did not fail, in ranges as long as possible.
    private func rows(of batch: LogBatch) -> [Range<Int>] {
        let counts = batch.subjects.map { $0.role == "champion" && (model == nil || model == $0.modelName) }
        let (codes, flags, starts) = (batch.subjectCodes, batch.flags, batch.rowStarts)
        var ranges: [Range<Int>] = []
        for range in batch.entryRanges {
            for entry in range
            where counts[Int(codes[entry])] && !LogEntryFlags(rawValue: flags[entry]).contains(.failed) {
                let rows = Int(starts[entry])..<Int(starts[entry + 1])
                if let last = ranges.last, last.upperBound == rows.lowerBound {
                    ranges[ranges.count - 1] = last.lowerBound..<rows.upperBound
                } else {
                    ranges.append(rows)
                }
            }
        }
        return ranges
    }
}

extension AssayValues {
    /// Adds the values of rows. A row has one in at most one of the columns.
    fileprivate mutating func add(_ columns: [LogValueColumn], _ rows: Range<Int>) {
        if columns.count == 1, let column = columns.first, column.texts.isEmpty {
            for number in column.numbers(of: rows) { add(number) }
            return
        }
        var counts = columns.map { [Int](repeating: 0, count: $0.texts.count) }
        for row in rows {
            var isMissing = true
            for (index, column) in columns.enumerated() {
                if let number = column.number(at: row) {
                    add(number)
                } else if let code = column.code(at: row) {
                    counts[index][code] += 1
                } else {
                    continue
                }
                isMissing = false
                break
            }
            if isMissing { missing += 1 }
        }
        for (column, counts) in zip(columns, counts) {
            for (text, count) in zip(column.texts, counts) where count > 0 { add(text, count: count) }
        }
    }
}

extension LabelTable.Slot {
    /// Returns the rows of an inference that have a prediction and a label.
    fileprivate func labeledRows(of batch: LogBatch, _ entry: Int, _ predictions: BatchPrediction) -> [LabeledRow] {
        let logged = LoggedRows(batch, entry)
        return batch.rows(at: entry).enumerated().compactMap { number, row in
            value(row: logged.number(number), of: logged.total).flatMap { LabeledRow(predictions, row, $0) }
        }
    }
}
