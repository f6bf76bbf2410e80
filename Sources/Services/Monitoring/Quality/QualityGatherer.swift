import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// Joins the rows of a log with their labels.
struct QualityGatherer {
    /// The most groups that a report has.
    private static let maxGroups = 2000

    private struct Key: Hashable {
        var model: String
        var version: String
        var variant: String?
        var slice: Slicer.Slice?
        var period: Int64?

        /// By period, model version, and slice.
        var order: (Int64, String, String, Double, String) {
            (period ?? 0, "\(model) \(version)", variant ?? "", slice?.order ?? 0, slice?.name ?? "")
        }
    }

    /// A labeled row.
    private struct Row {
        var place: Place
        var group: Int
        var said: LabeledRow
    }

    private struct Place {
        var batch: Int
        var entry: Int
        /// Its number in the request.
        var row: Int
    }

    private let subject: Monitoring.Subject
    private let prediction: Prediction
    private let slicer: Slicer?
    private let query: QualityQuery
    var counts = QualityReport.Counts()
    private var rows: [Row] = []
    private var keys: [Key] = []
    private var groups: [QualityGroup] = []
    private var indices: [Key: Int] = [:]
    private var skippedGroups = 0
    private var droppedColumns = false
    private var skippedLines = 0

    init(_ subject: Monitoring.Subject, _ prediction: Prediction, _ slicer: Slicer?, _ query: QualityQuery) {
        self.subject = subject
        self.prediction = prediction
        self.slicer = slicer
        self.query = query
    }

    mutating func gather(_ batches: [LogBatch], _ table: LabelTable) {
        let slices = slicer.map { Self.slices($0, batches) }
        var position = 0
        for (index, batch) in batches.enumerated() {
            skippedLines += batch.skippedLines
            if !batch.droppedColumns.isEmpty { droppedColumns = true }
            let subjects = batch.subjects
            let predictions = BatchPrediction(prediction, subject.layout, batch)
            for range in batch.entryRanges {
                for entry in range {
                    let entryRows = batch.rows(at: entry)
                    defer { position += entryRows.count }
                    let from = subjects[Int(batch.subjectCodes[entry])]
                    guard from.role == "champion", query.model.map({ $0 == from.modelName }) ?? true else { continue }
                    counts.inferences += 1
                    guard !batch.flags(at: entry).contains(.failed) else { continue }
                    let slot = table.isEmpty ? nil : table.slot(batch, index: index, entry: entry)
                    let logged = slot.map { _ in LoggedRows(batch, entry) }
                    for (number, row) in entryRows.enumerated() {
                        counts.rows += 1
                        guard
                            let group = group(
                                Key(
                                    model: from.modelName,
                                    version: from.modelVersion,
                                    variant: from.variant,
                                    slice: slices?[position + number],
                                    period: query.every.map { Self.period(batch.times[entry], seconds: $0) }
                                )
                            )
                        else { continue }
                        groups[group].rows += 1
                        guard let slot, let logged else { continue }
                        guard let label = slot.value(row: logged.number(number), of: logged.total) else {
                            if number == 0, slot.isAboutOtherRows(than: logged.total) { counts.wrongRows += 1 }
                            continue
                        }
                        let place = Place(batch: index, entry: entry, row: logged.number(number))
                        add(place, row, group, label, predictions)
                    }
                }
            }
        }
    }

    private static func period(_ time: Int64, seconds: Int) -> Int64 {
        let length = Int64(seconds) * 1000
        let start = time / length * length
        return time < 0 && start != time ? start.subtractingReportingOverflow(length).partialValue : start
    }

    private mutating func add(
        _ place: Place,
        _ row: Int,
        _ group: Int,
        _ label: Label.Value,
        _ predictions: BatchPrediction
    ) {
        guard let said = LabeledRow(predictions, row, label) else { return }
        rows.append(Row(place: place, group: group, said: said))
        groups[group].labeledRows += 1
        counts.labeledRows += 1
    }

    private mutating func group(_ key: Key) -> Int? {
        if let known = indices[key] { return known }
        guard groups.count < Self.maxGroups else {
            skippedGroups += 1
            return nil
        }
        indices[key] = groups.count
        keys.append(key)
        groups.append(QualityGroup())
        return groups.count - 1
    }

    /// Returns the slice of each row of the window.
    private static func slices(_ slicer: Slicer, _ batches: [LogBatch]) -> [Slicer.Slice] {
        slicer.slices(of: batches.flatMap(slicer.values))
    }

    // MARK: Results

    mutating func report(_ batches: [LogBatch], end: Date) -> QualityReport {
        let task = LabeledRow.task(of: rows.lazy.map(\.said), subject.settings.labels)
        let classCount = fill(task)
        let mistakes = mistakes(task, batches)
        return QualityReport(
            pipeline: subject.name,
            start: query.start,
            end: end,
            task: task,
            prediction: prediction.text,
            threshold: task == .binary ? prediction.threshold : nil,
            counts: counts,
            groups: zip(keys, groups).sorted { $0.0.order < $1.0.order }.map { key, group in
                QualityReport.Group(
                    model: key.model,
                    modelVersion: key.version,
                    variant: key.variant,
                    slice: key.slice?.name,
                    period: key.period.map { Date(milliseconds: $0) },
                    rows: group.rows,
                    labeledRows: group.labeledRows,
                    metrics: group.metrics(task, threshold: prediction.threshold, classCount: classCount)
                )
            },
            labeledShareP: labeledShareP,
            mistakes: mistakes,
            notes: notes(task)
        )
    }

    /// Gives the labeled rows to their groups.
    ///
    /// - Returns: The number of classes.
    private mutating func fill(_ task: QualityReport.Task?) -> Int {
        var codes = ClassCodes()
        for row in rows {
            let fits = task.map { groups[row.group].add(row.said, $0, &codes) } ?? false
            if !fits { counts.wrongType += 1 }
        }
        return codes.count
    }

    private func mistakes(_ task: QualityReport.Task?, _ batches: [LogBatch]) -> [QualityReport.Mistake] {
        guard query.worst > 0, let task else { return [] }
        let wrong = rows.compactMap { row -> (row: Row, loss: Double)? in
            guard let outcome = row.said.outcome(task, threshold: prediction.threshold), !outcome.isRight else {
                return nil
            }
            return (row, outcome.loss)
        }
        let worst = wrong.sorted {
            ($1.loss, $0.row.place.batch, $0.row.place.entry) < ($0.loss, $1.row.place.batch, $1.row.place.entry)
        }
        return worst.prefix(query.worst).map { row, loss in
            row.said.mistake(
                batches[row.place.batch],
                entry: row.place.entry,
                row: row.place.row,
                task,
                threshold: prediction.threshold,
                loss: loss
            )
        }
    }

    static func text(_ number: Double) -> String {
        if let whole = Int(exactly: number) { return "\(whole)" }
        return "\(number)"
    }

    /// Compares the shares of labeled rows of all model versions.
    private var labeledShareP: Double? {
        var totals: [String: (rows: Int, labeled: Int)] = [:]
        for (key, group) in zip(keys, groups) {
            totals[key.version, default: (0, 0)].rows += group.rows
            totals[key.version, default: (0, 0)].labeled += group.labeledRows
        }
        guard totals.count > 1 else { return nil }
        let rows = totals.values.reduce(0) { $0 + $1.rows }
        let labeled = totals.values.reduce(0) { $0 + $1.labeled }
        guard labeled > 0, labeled < rows else { return nil }
        let share = Double(labeled) / Double(rows)
        var statistic = 0.0
        for total in totals.values where total.rows > 0 {
            let deviation = Double(total.labeled) - Double(total.rows) * share
            statistic += deviation * deviation / (Double(total.rows) * share * (1 - share))
        }
        return ChiSquaredDistribution.survival(statistic, degreesOfFreedom: Double(totals.count - 1))
    }

    private func notes(_ task: QualityReport.Task?) -> [String] {
        var notes: [String] = []
        if rows.isEmpty { notes.append("Not enough data: no inference of this window has a label.") }
        if task == nil, subject.settings.labels?.kind == .class, rows.contains(where: { $0.said.number != nil }) {
            notes.append(
                "The predictions are neither classes nor scores from 0 to 1. Declare the threshold from which a score is positive."
            )
        }
        if skippedGroups > 0 { notes.append("There are more than \(Self.maxGroups) groups. The rest is left out.") }
        if droppedColumns { notes.append("Some columns of the log are too large to be read.") }
        if skippedLines > 0 { notes.append("\(skippedLines) lines of the log are not entries.") }
        return notes
    }
}
