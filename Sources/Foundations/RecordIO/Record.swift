/// A row in the format of SageMaker's built-in algorithms: the protobuf message `aialgs.data.Record`.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html
package struct Record {
    package private(set) var features = RecordTensor()
    /// Empty if the record has no label.
    package private(set) var label = RecordTensor()

    package init() {}

    /// Reads a record, replacing the previous one.
    ///
    /// - Returns: The reason if the record is invalid.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> String? {
        features.clear()
        label.clear()
        var wire = WireReader(bytes)
        while !wire.isAtEnd {
            guard let (number, kind) = wire.field() else { return RecordTensor.damage }
            guard kind == .delimited, number == 1 || number == 2 else {
                guard wire.skip(kind) != nil else { return RecordTensor.damage }
                continue
            }
            guard let entry = wire.delimited(), let (isValues, value) = Self.entry(entry) else {
                return RecordTensor.damage
            }
            guard isValues else { continue }
            if let problem = number == 1 ? features.read(value) : label.read(value) { return problem }
        }
        return features.settle()
    }

    /// Reads an entry of the map `features` or `label`: whether its key is `values`, and its value.
    private static func entry(_ bytes: UnsafeRawBufferPointer) -> (isValues: Bool, value: UnsafeRawBufferPointer)? {
        var isValues = false
        var value = UnsafeRawBufferPointer(start: nil, count: 0)
        var wire = WireReader(bytes)
        while !wire.isAtEnd {
            guard let (number, kind) = wire.field() else { return nil }
            switch (number, kind) {
            case (1, .delimited):
                guard let key = wire.delimited() else { return nil }
                isValues = key.elementsEqual("values".utf8)
            case (2, .delimited):
                guard let bytes = wire.delimited() else { return nil }
                value = bytes
            default:
                guard wire.skip(kind) != nil else { return nil }
            }
        }
        return (isValues, value)
    }
}
