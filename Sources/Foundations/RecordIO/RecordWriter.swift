/// Writes records like the responses of SageMaker's built-in algorithms: the outputs by name in `label`, as `float32`.
package struct RecordWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Appends a record.
    ///
    /// - Parameter label: The outputs by name, each with its values for one row.
    package mutating func append(_ label: [(name: String, values: [Float])]) {
        var record: [UInt8] = []
        for (name, values) in label {
            var tensor: [UInt8] = []
            let numbers = values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
            Self.append(field: 1, numbers, to: &tensor)
            var value: [UInt8] = []
            Self.append(field: 2, tensor, to: &value)
            var entry: [UInt8] = []
            Self.append(field: 1, Array(name.utf8), to: &entry)
            Self.append(field: 2, value, to: &entry)
            Self.append(field: 2, entry, to: &record)
        }
        for word in [RecordFrames.magic, UInt32(record.count)] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += record
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// Appends a length-delimited field.
    private static func append(field number: UInt8, _ content: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(number << 3 | WireReader.Kind.delimited.rawValue)
        var length = content.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        bytes += content
    }
}
