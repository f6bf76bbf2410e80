import RecordIO

extension RowReader {
    /// Reads the features of recordio-protobuf; labels are ignored.
    func readRecords(_ body: UnsafeRawBufferPointer) throws(InvocationError) -> Rows<Element> {
        var rows = Rows<Element>(width: width, capacity: body.count / 4)
        var frames = RecordFrames(body)
        var record = Record()
        while true {
            do throws(RecordIOError) {
                guard try frames.next(&record) else { return rows }
            } catch {
                throw InvocationError(415, "Unreadable recordio-protobuf: \(error)")
            }
            let features = record.features
            guard features.isSparse else {
                for value in features.values { rows.append(Element(value)) }
                try rows.endRow("recordio-protobuf")
                continue
            }
            guard let width else {
                throw InvocationError(
                    415,
                    "The model has no fixed number of features, so sparse records cannot be read."
                )
            }
            guard features.width == width else {
                throw InvocationError(
                    400,
                    "Feature size of recordio-protobuf inference data \(features.width) is not consistent with feature "
                        + "size of trained model \(width)"
                )
            }
            try rows.fillRow(with: unlisted)
            for (key, value) in zip(features.keys, features.values) { rows.set(Element(value), at: Int(key)) }
            try rows.endRow("recordio-protobuf")
        }
    }
}
