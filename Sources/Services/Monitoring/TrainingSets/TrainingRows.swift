import Definitions
import Encodings
import InferenceLog
import Pipelines
import Tensors

/// The labeled rows of a window of the log, and the lines that they become.
struct TrainingRows {
    private struct Row {
        let batch: Int32
        let entry: Int32
        let row: Int32
        let label: Label.Value
    }

    private let subject: Monitoring.Subject
    private let columns: FeatureColumns
    private let request: TrainingSetRequest
    private let weight: Expression?
    private let batches: [LogBatch]
    private(set) var counts = TrainingSet.Counts()
    /// The newest first.
    private var rows: [Row] = []
    /// The versions of the pipeline whose rows are used.
    private var versions: Set<String> = []
    /// The inferences whose inputs were too large for the log.
    private var omitted = 0

    init(
        _ subject: Monitoring.Subject,
        _ columns: FeatureColumns,
        _ request: TrainingSetRequest,
        weight: Expression?,
        _ batches: [LogBatch]
    ) {
        self.subject = subject
        self.columns = columns
        self.request = request
        self.weight = weight
        self.batches = batches
    }

    // MARK: Gathering

    /// Finds the rows that have a label.
    ///
    /// - Throws: ``RoostError`` if the log does not have their inputs, or if there are too many.
    mutating func gather(_ table: LabelTable) throws {
        let limit = request.rows ?? TrainingSetRequest.rowLimit
        for (index, batch) in batches.enumerated().reversed() {
            for entry in batch.answeredEntries(by: nil).reversed() { add(entry, of: batch, index, table, limit) }
            guard request.rows != nil || counts.older == 0 else {
                throw RoostError(
                    .tooLarge,
                    "The window has more than \(limit) labeled rows. Declare 'rows' to use the newest ones, or a later start.",
                    field: "rows"
                )
            }
        }
        try checkLog()
    }

    private mutating func add(_ entry: Int, of batch: LogBatch, _ index: Int, _ table: LabelTable, _ limit: Int) {
        let range = batch.rows(at: entry)
        counts.logged += range.count
        guard let slot = table.isEmpty ? nil : table.slot(batch, index: index, entry: entry) else {
            counts.unlabeled += range.count
            return
        }
        let isOmitted = batch.flags(at: entry).contains(.omitted)
        let logged = LoggedRows(batch, entry)
        for (number, row) in range.enumerated().reversed() {
            guard let label = slot.value(row: logged.number(number), of: logged.total) else {
                counts.unlabeled += 1
                continue
            }
            guard rows.count < limit else {
                counts.older += 1
                continue
            }
            rows.append(
                Row(
                    batch: Int32(clamping: index),
                    entry: Int32(clamping: entry),
                    row: Int32(clamping: row),
                    label: label
                )
            )
        }
        guard rows.last.map({ Int($0.entry) == entry && Int($0.batch) == index }) == true else { return }
        versions.insert(batch.subject(at: entry).pipelineVersion)
        if isOmitted { omitted += 1 }
    }

    /// Data from which values are missing on purpose would teach a model something else than the traffic.
    private func checkLog() throws(RoostError) {
        for version in subject.versions where versions.contains(version.id) {
            guard let reason = columns.omission(by: version.monitoring.log) else { continue }
            throw RoostError(
                .conflict,
                "The log does not have all inputs: \(reason) (version \(version.id.prefix(8))). Remove it from the setting, "
                    + "deploy the pipeline, and build the set from what is logged from then on.",
                field: "log"
            )
        }
        guard omitted == 0 else {
            throw RoostError(
                .conflict,
                "The inputs or outputs of \(omitted) labeled inferences were larger than 'log.keep' allows, so the log does not "
                    + "have them. Set 'log.keep' to 'all', deploy the pipeline, and build the set from what is logged from then on.",
                field: "log.keep"
            )
        }
    }

    // MARK: Writing

    /// Writes the lines, oldest first, to a file for training and, if it was asked for, one for validation.
    mutating func write(train: TrainingLines, validation: TrainingLines?) throws {
        var current = -1
        var values: [[LogValueColumn]] = []
        var condition: BatchExpression?
        var line = JSONWriter()
        for row in rows.reversed() {
            if Int(row.batch) != current {
                current = Int(row.batch)
                values = columns.columns(in: batches[current])
                condition = weight.map { BatchExpression($0, subject.layout, batches[current]) }
            }
            line.removeAll()
            guard write(row, values, to: &line) else { continue }
            let hash = batches[current].idHashes[Int(row.entry)]
            if let validation, let share = request.validation, Self.fraction(hash) < share {
                try validation.append(line)
                continue
            }
            var count = 1
            if let weight = request.weight, let met = condition?.value(row: Int(row.row), row.label), met != 0 {
                count = weight.factor
            }
            counts.repeated += count - 1
            try train.append(line, times: count)
        }
    }

    /// A number from 0 to 1 that every inference keeps, so that it is always on the same side.
    private static func fraction(_ hash: UInt64) -> Double { StableHash.fraction(StableHash.mix(hash ^ 0x7EA1_2D5E)) }

    /// Writes the label and the features.
    ///
    /// - Returns: Whether the row has all of them.
    private mutating func write(_ row: Row, _ values: [[LogValueColumn]], to line: inout JSONWriter) -> Bool {
        switch row.label {
        case .number(let number) where subject.settings.labels?.kind != .text && number.isFinite:
            if let whole = Int64(exactly: number) { line.number(whole) } else { line.number(number) }
        case .text(let text) where subject.settings.labels?.kind != .number: line.csv(text)
        default:
            counts.wrongType += 1
            return false
        }
        for (feature, places) in zip(columns.features, values) {
            line.raw(",")
            switch Self.write(places, Int(row.row), feature, to: &line) {
            case .written: continue
            case .missing: counts.incomplete += 1
            case .wrongType: counts.wrongType += 1
            }
            return false
        }
        line.raw("\n")
        return true
    }

    private enum Outcome { case written, missing, wrongType }

    private static func write(
        _ columns: [LogValueColumn],
        _ row: Int,
        _ feature: FeatureColumns.Feature,
        to line: inout JSONWriter
    ) -> Outcome {
        for column in columns {
            if let integer = column.integer(at: row) {
                line.number(integer)
                return .written
            }
            if let number = column.number(at: row) {
                guard number.isFinite else { return .missing }
                line.number(number)
                return .written
            }
            if let text = column.text(at: row) {
                guard feature.isText else { return .wrongType }
                line.csv(text)
                return .written
            }
        }
        return .missing
    }
}

extension JSONWriter {
    /// Appends a string as a field of CSV, in quotes.
    fileprivate mutating func csv(_ text: String) {
        raw("\"")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { put(byte) }
            put(byte)
        }
        raw("\"")
    }
}
