import Foundation
import RecordIO

/// Reads files of records in SageMaker's protobuf format, all sparse or all dense.
struct RecordIOReader: Sendable {
    /// Whether each record must have a label; if not, labels are ignored.
    let isLabeled: Bool

    /// Returns whether the channel's first file looks like RecordIO.
    static func canRead(_ channel: LearningFolder.Channel) throws(LearningError) -> Bool {
        guard let first = channel.files.first else { return false }
        return try LearningFolder.contents(ofFileAt: first.path, name: first.name)
            .withUnsafeBytes { RecordFrames.begin($0) }
    }

    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        var rows = RecordRows(isLabeled: isLabeled)
        for (path, name) in channel.files {
            let data = try LearningFolder.contents(ofFileAt: path, name: name)
            let result = data.withUnsafeBytes { bytes in
                Result { () throws(LearningError) in try rows.read(bytes, name: name) }
            }
            try result.get()
        }
        guard let data = rows.data else { throw .client("No data in channel '\(channel.name)': its files are empty.") }
        return data
    }
}

/// The rows read so far.
private struct RecordRows {
    let isLabeled: Bool
    private var rowCount = 0
    private var labels: [Float] = []
    /// The columns of the first record, and whether it is sparse: all others must match.
    private var layout: (width: Int, isSparse: Bool)?
    private let dense = FloatBuffer()
    private var offsets: [UInt64] = [0]
    private var columns: [UInt32] = []
    private var values: [Float] = []
    /// A reusable buffer for one row.
    private var row: [Float] = []

    init(isLabeled: Bool) { self.isLabeled = isLabeled }

    /// The rows; `nil` if none were read.
    var data: TrainingData? {
        guard let layout else { return nil }
        return TrainingData(
            rowCount: rowCount,
            columnCount: layout.width,
            features: layout.isSparse ? .sparse(offsets: offsets, columns: columns, values: values) : .dense(dense),
            labels: labels
        )
    }

    mutating func read(_ bytes: UnsafeRawBufferPointer, name: String) throws(LearningError) {
        var frames = RecordFrames(bytes)
        var record = Record()
        while true {
            do throws(RecordIOError) {
                guard try frames.next(&record) else { return }
            } catch {
                throw .client("\(name), \(error)")
            }
            if let problem = append(record) { throw .client("\(name), record \(frames.recordCount): \(problem)") }
        }
    }

    /// - Returns: The message if the record is not valid.
    private mutating func append(_ record: Record) -> String? {
        let features = record.features
        let first = layout ?? (features.width, features.isSparse)
        layout = first
        guard features.width == first.width else {
            return "it has \(features.width) features, but the first record has \(first.width)."
        }
        guard features.isSparse == first.isSparse else {
            return "it is \(features.isSparse ? "sparse" : "dense"), but the first record is not."
        }
        if isLabeled {
            guard record.label.values.count == 1 else {
                return record.label.values.isEmpty
                    ? "it has no label."
                    : "its label has \(record.label.values.count) values; it must have exactly one."
            }
            let label = Float(record.label.values[0])
            guard label.isFinite else { return "its label is not finite or too large for FP32." }
            labels.append(label)
        }
        row.removeAll(keepingCapacity: true)
        for value in features.values {
            let number = Float(value)
            guard !number.isInfinite else { return "a value is infinite or too large for FP32." }
            row.append(number)
        }
        if features.isSparse {
            values += row
            for key in features.keys { columns.append(UInt32(key)) }
            offsets.append(UInt64(values.count))
        } else {
            dense.append(row)
        }
        rowCount += 1
        return nil
    }
}
