/// The numbers of a record: its features or its label.
///
/// Reading another record reuses its memory. It never holds more numbers than the record has bytes.
package struct RecordTensor {
    /// The largest number of columns that a record may claim to have. More are probably a mistake.
    package static let highestWidth = 100_000_000

    /// The columns in order; for a sparse tensor, the columns in ``keys``.
    package private(set) var values: [Double] = []
    /// The column of each value, less than ``width``; empty if the tensor is dense.
    package private(set) var keys: [UInt64] = []
    /// The number of columns.
    package private(set) var width = 0
    /// Whether the tensor is sparse. Columns without a value are 0, or missing for algorithms that support missing values.
    package private(set) var isSparse = false

    private var shape: [UInt64] = []

    /// The fields of `Value` that hold numbers.
    private enum Element: UInt64 {
        case float32 = 2
        case float64 = 3
        case int32 = 7
    }

    private static let bytesField: UInt64 = 9
    static let damage = "its protobuf is damaged or truncated."

    mutating func clear() {
        values.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        shape.removeAll(keepingCapacity: true)
        width = 0
        isSparse = false
    }

    /// Reads a `Value`.
    ///
    /// - Returns: The reason if the value is invalid.
    mutating func read(_ value: UnsafeRawBufferPointer) -> String? {
        clear()
        var wire = WireReader(value)
        while !wire.isAtEnd {
            guard let (number, kind) = wire.field() else { return Self.damage }
            if number == Self.bytesField { return "it contains bytes; expected float32, float64 or int32 values." }
            guard let element = Element(rawValue: number), kind == .delimited else {
                guard wire.skip(kind) != nil else { return Self.damage }
                continue
            }
            guard let tensor = wire.delimited(), read(tensor, of: element) else { return Self.damage }
        }
        return nil
    }

    /// Reads a `Float32Tensor`, `Float64Tensor` or `Int32Tensor`: values, keys, shape.
    private mutating func read(_ tensor: UnsafeRawBufferPointer, of element: Element) -> Bool {
        clear()
        var wire = WireReader(tensor)
        while !wire.isAtEnd {
            guard let (number, kind) = wire.field() else { return false }
            switch number {
            case 1:
                guard readValues(&wire, kind, element) else { return false }
            case 2:
                guard Self.readIntegers(&wire, kind, into: &keys) else { return false }
            case 3:
                guard Self.readIntegers(&wire, kind, into: &shape) else { return false }
            default:
                guard wire.skip(kind) != nil else { return false }
            }
        }
        return true
    }

    /// Reads packed values or a single value.
    private mutating func readValues(_ wire: inout WireReader, _ kind: WireReader.Kind, _ element: Element) -> Bool {
        let run: UnsafeRawBufferPointer?
        switch (kind, element) {
        case (.delimited, _): run = wire.delimited()
        case (.fourBytes, .float32): run = wire.take(4)
        case (.eightBytes, .float64): run = wire.take(8)
        case (.varint, .int32):
            guard let value = wire.varint() else { return false }
            values.append(Double(Int32(truncatingIfNeeded: value)))
            return true
        default: return false
        }
        guard let run else { return false }
        switch element {
        case .float32:
            guard run.count % 4 == 0 else { return false }
            values.reserveCapacity(values.count + run.count / 4)
            for offset in stride(from: 0, to: run.count, by: 4) {
                let bits = run.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                values.append(Double(Float(bitPattern: UInt32(littleEndian: bits))))
            }
        case .float64:
            guard run.count % 8 == 0 else { return false }
            values.reserveCapacity(values.count + run.count / 8)
            for offset in stride(from: 0, to: run.count, by: 8) {
                let bits = run.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                values.append(Double(bitPattern: UInt64(littleEndian: bits)))
            }
        case .int32:
            var wire = WireReader(run)
            while !wire.isAtEnd {
                guard let value = wire.varint() else { return false }
                values.append(Double(Int32(truncatingIfNeeded: value)))
            }
        }
        return true
    }

    private static func readIntegers(
        _ wire: inout WireReader,
        _ kind: WireReader.Kind,
        into numbers: inout [UInt64]
    ) -> Bool {
        switch kind {
        case .varint:
            guard let number = wire.varint() else { return false }
            numbers.append(number)
        case .delimited:
            guard let run = wire.delimited() else { return false }
            var wire = WireReader(run)
            while !wire.isAtEnd {
                guard let number = wire.varint() else { return false }
                numbers.append(number)
            }
        case .fourBytes, .eightBytes: return false
        }
        return true
    }

    /// Determines how many columns there are, and whether they are sparse.
    ///
    /// - Returns: The reason if values, keys and shape do not match.
    mutating func settle() -> String? {
        width = values.count
        if !shape.isEmpty {
            var product: UInt64 = 1
            for length in shape {
                let (next, overflow) = product.multipliedReportingOverflow(by: length)
                guard !overflow else { return Self.tooWide }
                product = next
            }
            guard product <= UInt64(Self.highestWidth) else { return Self.tooWide }
            width = Int(product)
        }
        guard width > 0 else { return "it has no features under the key 'values'." }
        // A sparse row may be all zeros.
        isSparse = !keys.isEmpty || values.isEmpty
        guard isSparse else {
            guard width == values.count else {
                return "it has \(values.count) values for \(width) columns, but no keys."
            }
            return width <= Self.highestWidth ? nil : Self.tooWide
        }
        guard !shape.isEmpty else { return "it has keys but no shape, so the number of columns is unknown." }
        guard keys.count == values.count else { return "it has \(keys.count) keys for \(values.count) values." }
        if let key = keys.first(where: { $0 >= UInt64(width) }) {
            return "key \(key) is out of range: its shape has \(width) columns."
        }
        return nil
    }

    private static let tooWide = "its shape has more than \(highestWidth) columns."
}
