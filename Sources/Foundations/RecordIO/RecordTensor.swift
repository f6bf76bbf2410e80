/// The numbers of a record: its features, or its label.
///
/// Reading another record into it keeps its memory. It never holds more numbers than the record has bytes.
package struct RecordTensor {
    /// Columns that a record may say it has; more are rather a mistake than data.
    package static let highestWidth = 100_000_000

    /// The columns in order; of a sparse tensor, those that ``keys`` names.
    package private(set) var values: [Double] = []
    /// The column of each value, below ``width``; empty where the tensor is dense.
    package private(set) var keys: [UInt64] = []
    /// How many columns there are.
    package private(set) var width = 0
    /// Whether columns that have no value are 0, or missing to algorithms that know missing values.
    package private(set) var isSparse = false

    private var shape: [UInt64] = []

    /// The fields of `Value` that hold numbers.
    private enum Element: UInt64 {
        case float32 = 2
        case float64 = 3
        case int32 = 7
    }

    private static let bytesField: UInt64 = 9
    static let damage = "its protobuf is damaged or cut short."

    mutating func clear() {
        values.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        shape.removeAll(keepingCapacity: true)
        width = 0
        isSparse = false
    }

    /// Reads a `Value`.
    ///
    /// - Returns: What is wrong with it.
    mutating func read(_ value: UnsafeRawBufferPointer) -> String? {
        clear()
        var wire = WireReader(value)
        while !wire.isAtEnd {
            guard let (number, kind) = wire.field() else { return Self.damage }
            if number == Self.bytesField { return "it holds bytes where float32, float64 or int32 values are needed." }
            guard let element = Element(rawValue: number), kind == .delimited else {
                guard wire.skip(kind) != nil else { return Self.damage }
                continue
            }
            guard let tensor = wire.delimited(), read(tensor, of: element) else { return Self.damage }
        }
        return nil
    }

    /// Reads a `Float32Tensor` or one of its kin: values, keys, shape.
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

    /// Reads values that are packed, or a single one.
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

    /// Finds out how wide the features are, and whether they are sparse.
    ///
    /// - Returns: What is wrong with values, keys and shape.
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
        // All of a sparse row may be 0.
        isSparse = !keys.isEmpty || values.isEmpty
        guard isSparse else {
            guard width == values.count else {
                return "it has \(values.count) values, but its shape is of \(width), and no keys say which they are."
            }
            return width <= Self.highestWidth ? nil : Self.tooWide
        }
        guard !shape.isEmpty else { return "it has keys, but no shape that says how many columns there are." }
        guard keys.count == values.count else { return "it has \(keys.count) keys for \(values.count) values." }
        if let key = keys.first(where: { $0 >= UInt64(width) }) {
            return "the key \(key) is not below \(width), the number of columns that its shape gives."
        }
        return nil
    }

    private static let tooWide = "its shape has more than \(highestWidth) columns."
}
