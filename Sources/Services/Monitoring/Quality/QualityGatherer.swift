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
        var batch: Int
        var entry: Int
        var row: Int
        var group: Int
        var prediction: BatchPrediction.Decision?
        /// The score or number that was predicted.
        var number: Double?
        /// The score of the predicted class.
        var score: Double?
        /// The score of the right class, if there is one for each.
        var rightScore: Double?
        /// Whether the scores of the classes are probabilities that add up to 1.
        var isDistribution = false
        var label: Label.Value
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

    private struct Place {
        var batch: Int
        var entry: Int
        var row: Int
    }

    private mutating func add(
        _ place: Place,
        _ row: Int,
        _ group: Int,
        _ label: Label.Value,
        _ predictions: BatchPrediction
    ) {
        let best = predictions.bestClass(row)
        let decision: BatchPrediction.Decision? =
            best.map { .number(Double($0)) } ?? predictions.text(row).map { .text($0) }
        let number = best == nil ? predictions.number(row) : nil
        guard decision != nil || number != nil else { return }
        var rightScore: Double?
        if best != nil, case .number(let label) = label, let index = Int(exactly: label), index >= 0 {
            rightScore = predictions.number(row, class: index)
        }
        rows.append(
            Row(
                batch: place.batch,
                entry: place.entry,
                row: place.row,
                group: group,
                prediction: decision,
                number: number,
                score: best.flatMap { predictions.number(row, class: $0) },
                rightScore: rightScore,
                isDistribution: rightScore != nil && predictions.isDistribution(row),
                label: label
            )
        )
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
        var values: [Slicer.Value] = []
        for batch in batches {
            let columns = slicer.columns(of: batch)
            for range in batch.rowRanges { for row in range { values.append(Slicer.value(columns, row)) } }
        }
        return slicer.slices(of: values)
    }

    // MARK: Results

    private var task: QualityReport.Task? {
        guard !rows.isEmpty else { return nil }
        if rows.contains(where: { $0.prediction != nil }) { return .multiclass }
        if subject.settings.labels?.kind == .number { return .regression }
        let isBinary = rows.allSatisfy { row in
            guard case .number(let label) = row.label, let number = row.number else { return false }
            return (label == 0 || label == 1) && (0...1).contains(number)
        }
        if isBinary { return .binary }
        if subject.settings.labels?.kind == .class { return .multiclass }
        return rows.contains { if case .number = $0.label { true } else { false } } ? .regression : nil
    }

    mutating func report(_ batches: [LogBatch], end: Date) -> QualityReport {
        let task = task
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
            notes: notes
        )
    }

    /// Gives the labeled rows to their groups.
    ///
    /// - Returns: The number of classes.
    private mutating func fill(_ task: QualityReport.Task?) -> Int {
        var codes: [BatchPrediction.Decision: Int] = [:]
        func code(_ value: BatchPrediction.Decision) -> Int {
            if let known = codes[value] { return known }
            codes[value] = codes.count
            return codes.count - 1
        }
        for row in rows {
            switch task {
            case .binary, .regression:
                guard case .number(let label) = row.label, let number = row.number else {
                    counts.wrongType += 1
                    continue
                }
                groups[row.group].predictions.append(number)
                groups[row.group].labels.append(label)
            case .multiclass:
                guard let predicted = row.prediction ?? row.number.map({ .number($0) }) else { continue }
                let truth = BatchPrediction.Decision(row.label)
                // A text is never a class that is a number.
                guard predicted.isText == truth.isText else {
                    counts.wrongType += 1
                    continue
                }
                groups[row.group].classes.append((code(truth), code(predicted)))
                if row.isDistribution, let score = row.rightScore { groups[row.group].rightScores.append(score) }
            case nil: counts.wrongType += 1
            }
        }
        return codes.count
    }

    private func mistakes(_ task: QualityReport.Task?, _ batches: [LogBatch]) -> [QualityReport.Mistake] {
        guard query.worst > 0, let task else { return [] }
        let wrong = rows.compactMap { row in loss(of: row, task).map { (row, $0) } }
        return wrong.sorted { ($1.1, $0.0.batch, $0.0.entry) < ($0.1, $1.0.batch, $1.0.entry) }.prefix(query.worst).map
        {
            row,
            loss in
            let batch = batches[row.batch]
            let from = batch.subject(at: row.entry)
            let predicted = row.prediction.map(\.text)
            let number = row.number.map { task == .binary ? ($0 >= prediction.threshold ? "1" : "0") : Self.text($0) }
            return QualityReport.Mistake(
                id: batch.id(at: row.entry),
                time: Date(milliseconds: batch.times[row.entry]),
                row: row.row,
                model: from.modelName,
                modelVersion: from.modelVersion,
                prediction: predicted ?? number ?? "",
                score: task == .binary ? row.number : row.score,
                label: BatchPrediction.Decision(row.label).text,
                loss: loss
            )
        }
    }

    /// Returns how bad a row's prediction is; `nil` if it is right, or cannot be compared.
    private func loss(of row: Row, _ task: QualityReport.Task) -> Double? {
        switch task {
        case .regression, .binary:
            guard case .number(let label) = row.label, let number = row.number, number.isFinite else { return nil }
            if task == .binary, (number >= prediction.threshold) == (label == 1) { return nil }
            let error = (number - label).magnitude
            return error > 0 && error.isFinite ? error : nil
        case .multiclass:
            guard let predicted = row.prediction ?? row.number.map({ .number($0) }),
                predicted != BatchPrediction.Decision(row.label)
            else { return nil }
            return row.rightScore.map { 1 - $0 } ?? 1
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

    private var notes: [String] {
        var notes: [String] = []
        if rows.isEmpty { notes.append("Not enough data: no inference of this window has a label.") }
        if skippedGroups > 0 { notes.append("There are more than \(Self.maxGroups) groups. The rest is left out.") }
        if droppedColumns { notes.append("Some columns of the log are too large to be read.") }
        if skippedLines > 0 { notes.append("\(skippedLines) lines of the log are not entries.") }
        return notes
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
