import RecordIO

extension DenseReader {
    /// Reads the features of recordio-protobuf; labels are ignored.
    func readRecords(_ body: UnsafeRawBufferPointer) throws(RowProblem) -> DenseRows {
        var rows = Rows<Element>(width: width, capacity: body.count / 4)
        var frames = RecordFrames(body)
        var record = Record()
        while true {
            do throws(RecordIOError) {
                guard try frames.next(&record) else { return rows.finished() }
            } catch {
                throw RowProblem(row: error.record, .record(error.reason))
            }
            let features = record.features
            guard features.isSparse else {
                for value in features.values { rows.append(Element(value)) }
                try rows.endRow()
                continue
            }
            guard let width else { throw RowProblem(row: rows.rowCount + 1, .widthUnknown) }
            guard features.width == width else {
                throw RowProblem(row: rows.rowCount + 1, .width(found: features.width, expected: width))
            }
            try rows.fillRow(with: omitted)
            for (key, value) in zip(features.keys, features.values) { rows.set(Element(value), at: Int(key)) }
            try rows.endRow()
        }
    }
}
