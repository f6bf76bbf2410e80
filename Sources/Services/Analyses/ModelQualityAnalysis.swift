import Definitions
import Foundation
import Monitoring

/// Measures predictions against labels, and compares the metrics with a baseline.
struct ModelQualityAnalysis {
    /// The most predictions that are kept in memory.
    static let limit = 5_000_000

    private let columns: ModelQualityColumns
    private let constraints: ModelQualityConstraints?
    private var predictions: [LabeledPrediction] = []
    /// The labels of captured invocations; `nil` if the label is a column.
    var groundTruth: GroundTruthTable?
    private(set) var rowCount = 0

    /// - Parameter files: Those of the baseline.
    /// - Throws: ``RoostError`` if a file is invalid.
    init(_ columns: ModelQualityColumns, _ files: BaselineFiles) throws {
        self.columns = columns
        constraints = try files.constraints.map { try ModelQualityConstraints(json: $0) }
    }

    /// Adds a row. Without a label, it counts only as a row.
    ///
    /// - Throws: ``RoostError`` if a column does not exist, or if there are too many predictions.
    mutating func add(_ row: AnalyzedRow) throws {
        rowCount += 1
        let label: String?
        if let groundTruth {
            guard let id = row.labelID else { return }
            label = groundTruth.label(of: id, row: row.index, of: row.count)
        } else {
            label = try columns.label.flatMap { try value(of: $0, row) }
        }
        guard let label else { return }
        guard predictions.count < Self.limit else {
            throw RoostError(.tooLarge, "There are more than \(Self.limit) predictions. Analyze a shorter time.")
        }
        let prediction = try columns.prediction.flatMap { try value(of: $0, row) }
        let probability = try columns.probability.flatMap { name in
            try value(of: name, row).map { text in
                guard let number = Double(text.trimmingCharacters(in: .whitespaces)) else {
                    throw RoostError(.invalidInput, "The probability '\(text.prefix(40))' is not a number.")
                }
                return number
            }
        }
        predictions.append(
            LabeledPrediction(
                prediction: prediction.map(DatasetField.text) ?? .missing,
                probability: probability,
                label: .text(label)
            )
        )
    }

    /// The value of a column of the response, or else of the whole row.
    private func value(of column: String, _ row: AnalyzedRow) throws -> String? {
        if let value = row.pair.output.value(of: column) ?? row.pair.row.value(of: column) { return value }
        throw RoostError(.invalidInput, "Row \(rowCount) has no column '\(column.prefix(80))'.")
    }

    func report() throws -> AnalysisReport {
        guard !predictions.isEmpty else {
            throw RoostError(.invalidInput, "None of the \(rowCount) rows has a label.")
        }
        let statistics = try ModelQualityStatistics(
            columns.problem,
            predictions,
            threshold: columns.threshold ?? ModelQualityColumns.defaultThreshold
        )
        var files = [
            (ModelQualityStatistics.fileName, [UInt8](try statistics.json())),
            (ModelQualityConstraints.fileName, [UInt8](try statistics.suggestedConstraints().json())),
        ]
        var violationCount: Int?
        if let constraints {
            let violations = try constraints.violations(of: statistics)
            files.append((ConstraintViolations.fileName, [UInt8](try violations.json())))
            violationCount = violations.violations.count
        }
        let metrics = statistics.metrics.compactMap { name, metric in
            metric.value.map { (name, MonitoringMetric.Summary($0)) }
        }
        return AnalysisReport(
            files: files,
            outcome: .init(rowCount: rowCount, violationCount: violationCount),
            metrics: metrics
        )
    }
}
