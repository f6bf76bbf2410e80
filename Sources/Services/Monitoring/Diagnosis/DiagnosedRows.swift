import Definitions
import Encodings
import InferenceLog
import Pipelines

/// The labeled rows of one window, as far as they can be judged.
struct DiagnosedRows {
    struct Row {
        var batch: Int
        var entry: Int
        /// Within the batch.
        var row: Int
        /// Its number in the request.
        var number: Int
        /// Whether slices are searched for in the row; they are tested in the others. All rows of an inference are on one side.
        var isSearched: Bool
        var said: LabeledRow
        /// How bad the prediction is.
        var loss = 0.0
        var isWrong = false
        fileprivate var hash: UInt64
    }

    let batches: [LogBatch]
    private(set) var rows: [Row] = []
    /// The share of the inferences that were read.
    private(set) var share = 1.0

    /// - Parameters:
    ///   - model: The name of the model whose answers count; `nil` for all.
    ///   - limit: The number of rows. Of more, those of an even sample of the inferences are kept.
    init(
        _ batches: [LogBatch],
        _ labels: LabelTable,
        _ prediction: Prediction,
        _ layout: TensorLayout,
        model: String?,
        limit: Int
    ) {
        self.batches = batches
        guard !labels.isEmpty else { return }
        for (index, batch) in batches.enumerated() {
            let predictions = BatchPrediction(prediction, layout, batch)
            for entry in batch.answeredEntries(by: model) {
                let hash = batch.idHashes[entry]
                guard StableHash.fraction(StableHash.mix(hash)) < share,
                    let slot = labels.slot(batch, index: index, entry: entry)
                else { continue }
                let logged = LoggedRows(batch, entry)
                for (place, row) in batch.rows(at: entry).enumerated() {
                    let number = logged.number(place)
                    guard let label = slot.value(row: number, of: logged.total),
                        let said = LabeledRow(predictions, row, label)
                    else { continue }
                    rows.append(
                        Row(
                            batch: index,
                            entry: entry,
                            row: row,
                            number: number,
                            isSearched: Self.isSearched(hash),
                            said: said,
                            hash: hash
                        )
                    )
                }
                if rows.count > limit {
                    share /= 2
                    rows.removeAll { StableHash.fraction(StableHash.mix($0.hash)) >= share }
                }
            }
        }
    }

    /// Divides inferences in two halves, whatever is kept of them.
    private static func isSearched(_ hash: UInt64) -> Bool { StableHash.mix(hash ^ 0x5EA_2C8).isMultiple(of: 2) }

    /// Judges the rows, and leaves out those whose label cannot be compared with the prediction.
    mutating func judge(_ task: QualityReport.Task, threshold: Double) {
        rows = rows.compactMap { row in
            guard let outcome = row.said.outcome(task, threshold: threshold) else { return nil }
            var row = row
            row.loss = outcome.loss
            row.isWrong = !outcome.isRight
            return row
        }
    }

    /// Takes numbers for right that are not off by more than a tolerance.
    mutating func tolerate(_ tolerance: Double) {
        for index in rows.indices { rows[index].isWrong = rows[index].loss > tolerance }
    }

    /// Returns the values of an element in some of the rows.
    func values(
        of element: Expression.Element,
        _ layout: TensorLayout,
        where isWanted: (Row) -> Bool = { _ in true }
    ) -> [Slicer.Value] {
        var columns: [LogValueColumn] = []
        var current = -1
        var values: [Slicer.Value] = []
        for row in rows where isWanted(row) {
            if row.batch != current {
                columns = layout.columns(of: element, in: batches[row.batch])
                current = row.batch
            }
            values.append(Slicer.value(columns, row.row))
        }
        return values
    }
}

extension LogBatch {
    /// The entries within the window whose answers were returned, without those that failed.
    ///
    /// - Parameter model: The name of the model that answered; `nil` for any.
    func answeredEntries(by model: String?) -> [Int] {
        let counts = subjects.map { $0.role == "champion" && (model == nil || model == $0.modelName) }
        let (codes, flags) = (subjectCodes, flags)
        return entryRanges.flatMap { range in
            range.filter { counts[Int(codes[$0])] && !LogEntryFlags(rawValue: flags[$0]).contains(.failed) }
        }
    }
}
