extension JSONCursor {
    /// The maximum number of dimensions of a tensor.
    package static let maxRank = 16

    /// Reads nested arrays, or a scalar, directly into a tensor of `dataType`.
    ///
    /// Each number is converted as it is read: to the nearest value for floating-point types, exactly for integers. For
    /// floating-point types, `null` is NaN (a missing value), and `"NaN"`, `"Infinity"` and `"-Infinity"` are accepted.
    ///
    /// - Parameter columns: The names of the columns, if rows may be objects: `[{"age": 34, "income": 2.5}]`.
    /// - Throws: ``JSONError`` if rows differ in length, or if an element does not fit the data type.
    package mutating func readTensor(of dataType: DataType, columns: [String]? = nil) throws(JSONError) -> Tensor {
        let columns = columns != nil && isAtObjects() ? columns : nil
        return switch dataType {
        case .bool:
            try readElements(of: dataType, columns, UInt8.self) { c throws(JSONError) in try c.readBool() ? 1 : 0 }
        case .uint8: try readIntegers(of: dataType, columns, UInt8.self)
        case .uint16: try readIntegers(of: dataType, columns, UInt16.self)
        case .uint32: try readIntegers(of: dataType, columns, UInt32.self)
        case .uint64: try readIntegers(of: dataType, columns, UInt64.self)
        case .int8: try readIntegers(of: dataType, columns, Int8.self)
        case .int16: try readIntegers(of: dataType, columns, Int16.self)
        case .int32: try readIntegers(of: dataType, columns, Int32.self)
        case .int64: try readIntegers(of: dataType, columns, Int64.self)
        case .fp16: try readElements(of: dataType, columns, Float16.self) { c throws(JSONError) in try c.readHalf() }
        case .fp32:
            try readElements(of: dataType, columns, Float.self) { c throws(JSONError) in
                if let value = try c.takeNonFinite() { return Float(value) }
                return try c.readFloatingPoint(as: Float.self, named: "FP32")
            }
        case .fp64:
            try readElements(of: dataType, columns, Double.self) { c throws(JSONError) in
                if let value = try c.takeNonFinite() { return value }
                return try c.readFloatingPoint(as: Double.self, named: "FP64")
            }
        case .bytes: try readStrings(columns)
        }
    }

    private mutating func readHalf() throws(JSONError) -> Float16 {
        if let value = try takeNonFinite() { return Float16(value) }
        let start = offset
        let value = Float16(try readFloatingPoint(as: Double.self, named: "FP16"))
        guard value.isFinite else {
            let text = String(decoding: bytes(since: start).prefix(32), as: UTF8.self)
            throw JSONError(kind: .unexpected, message: "The number \(text) is too large for FP16", offset: start)
        }
        return value
    }

    @inline(__always)
    private mutating func readIntegers<Element: FixedWidthInteger & BitwiseCopyable>(
        of dataType: DataType,
        _ columns: [String]?,
        _ type: Element.Type
    ) throws(JSONError) -> Tensor {
        try readElements(of: dataType, columns, type) { cursor throws(JSONError) in
            try cursor.readInteger(as: type, dataType: dataType)
        }
    }

    /// Reads an integer in any notation: `2`, `2.0`, `2e3`.
    @inline(__always)
    private mutating func readInteger<Element: FixedWidthInteger>(
        as type: Element.Type,
        dataType: DataType
    ) throws(JSONError) -> Element {
        let start = offset
        let decimal = try readDecimal()
        var magnitude = decimal.digits
        if !decimal.isInteger || decimal.truncated {
            guard let whole = decimal.wholeMagnitude(of: bytes(since: start)) else {
                let text = String(decoding: bytes(since: start).prefix(32), as: UTF8.self)
                throw JSONError(
                    kind: .unexpected,
                    message: "\(dataType.rawValue) holds integers from \(type.min) to \(type.max), but got \(text)",
                    offset: start
                )
            }
            magnitude = whole
        }
        let value = decimal.negative ? Element(exactly: 0 - Int128(magnitude)) : Element(exactly: magnitude)
        guard let value else {
            let sign = decimal.negative ? "-" : ""
            throw JSONError(
                kind: .unexpected,
                message:
                    "\(dataType.rawValue) holds integers from \(type.min) to \(type.max), but got \(sign)\(magnitude)",
                offset: start
            )
        }
        return value
    }

    /// Reads nested arrays. `read` reads one element at a time, and finds no white space before it.
    @inline(__always)
    private mutating func readElements<Element: BitwiseCopyable>(
        of dataType: DataType,
        _ columns: [String]?,
        _ type: Element.Type,
        _ read: (inout JSONCursor) throws(JSONError) -> Element
    ) throws(JSONError) -> Tensor {
        let width = MemoryLayout<Element>.stride
        var capacity = 64
        var count = 0
        var memory = AlignedMemory.allocate(byteCount: capacity * width)
        let shape: [Int]
        // A local copy stays in registers, which the stores of elements cannot change.
        var cursor = self
        defer { self = cursor }
        do {
            shape = try cursor.readRows(columns) { cursor throws(JSONError) in
                if count == capacity {
                    capacity *= 2
                    let larger = AlignedMemory.allocate(byteCount: capacity * width)
                    larger.copyMemory(from: UnsafeRawBufferPointer(memory))
                    AlignedMemory.deallocate(memory)
                    memory = larger
                }
                memory.storeBytes(of: try read(&cursor), toByteOffset: count &* width, as: type)
                count &+= 1
            }
        } catch {
            AlignedMemory.deallocate(memory)
            throw error
        }
        let used = UnsafeMutableRawBufferPointer(rebasing: memory[..<(count * width)])
        return Tensor(dataType: dataType, shape: shape, storage: TensorStorage(adopting: used))
    }

    private mutating func readStrings(_ columns: [String]?) throws(JSONError) -> Tensor {
        var strings: [[UInt8]] = []
        let shape = try readRows(columns) { cursor throws(JSONError) in
            strings.append(try cursor.readString { Array($0) })
        }
        return Tensor(shape: shape, strings: strings)
    }

    @inline(__always)
    private mutating func readRows(
        _ columns: [String]?,
        _ readElement: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) -> [Int] {
        guard let columns else { return try readNested(readElement) }
        return try readRecords(columns, readElement)
    }

    /// Reads nested arrays of equal lengths, and calls `readElement` at each element.
    ///
    /// - Returns: The shape; empty for a lone scalar.
    @inline(__always)
    private mutating func readNested(
        _ readElement: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) -> [Int] {
        var nesting = Nesting()
        while true {
            if take(UInt8(ascii: "[")) {
                try nesting.open(at: self)
                guard take(UInt8(ascii: "]")) else { continue }
                try nesting.setRank(at: self)
            } else {
                try nesting.setRank(at: self)
                // Read the innermost array in one loop.
                var length = 0
                repeat {
                    if peek() == UInt8(ascii: "[") { throw ragged("there is an array among single values") }
                    try readElement(&self)
                    length &+= 1
                } while nesting.depth > 0 && take(UInt8(ascii: ","))
                guard nesting.depth > 0 else { return [] }
                try expect(UInt8(ascii: "]"), "',' or ']'")
                nesting.setLength(length)
            }
            try nesting.close(at: self)
            // A closed array is followed by a sibling or by the end of the enclosing arrays.
            while nesting.depth > 0, !take(UInt8(ascii: ",")) {
                try expect(UInt8(ascii: "]"), "',' or ']'")
                try nesting.close(at: self)
            }
            if nesting.depth == 0 { return nesting.shape }
            if peek() == UInt8(ascii: "]") { throw unexpected("a value") }
        }
    }

    fileprivate func ragged(_ how: String) -> JSONError {
        JSONError(kind: .unexpected, message: "All rows must have the same length, but \(how)", offset: offset)
    }

    /// The arrays that are open while a tensor is read, and the lengths of their siblings.
    private struct Nesting {
        /// The number of open arrays.
        private(set) var depth = 0
        /// The number of elements so far in the open array of each level.
        private var lengths = InlineArray<16, Int>(repeating: 0)
        /// The length of the arrays at each level; -1 until the first array of the level is closed.
        private var dimensions = InlineArray<16, Int>(repeating: -1)
        /// The level of the elements; known once the first one is read.
        private var rank: Int?

        var shape: [Int] { (0..<(rank ?? 0)).map { dimensions[$0] } }

        @inline(__always)
        mutating func open(at cursor: JSONCursor) throws(JSONError) {
            guard depth < JSONCursor.maxRank else {
                throw cursor.syntax("A tensor has at most \(JSONCursor.maxRank) dimensions")
            }
            if let rank, depth == rank { throw cursor.ragged("there is an array in place of a single value") }
            lengths[depth] = 0
            depth &+= 1
        }

        /// - Precondition: An array is open.
        @inline(__always)
        mutating func setLength(_ length: Int) { lengths[depth &- 1] = length }

        @inline(__always)
        mutating func setRank(at cursor: JSONCursor) throws(JSONError) {
            if let rank, rank != depth { throw cursor.ragged("the nesting is less deep than before") }
            rank = depth
        }

        @inline(__always)
        mutating func close(at cursor: JSONCursor) throws(JSONError) {
            depth &-= 1
            let length = lengths[depth]
            if dimensions[depth] == -1 {
                dimensions[depth] = length
            } else if dimensions[depth] != length {
                throw cursor.ragged("one has \(length) elements and those before it have \(dimensions[depth])")
            }
            if depth > 0 { lengths[depth &- 1] &+= 1 }
        }
    }
}

extension Decimal {
    /// Returns the magnitude of this decimal as an integer; `nil` if it has a fraction or exceeds 64 bits.
    func wholeMagnitude(of text: UnsafeRawBufferPointer) -> UInt64? {
        guard !truncated else {
            // A number of 20 digits may still fit UINT64.
            guard isInteger else { return nil }
            return UInt64(String(decoding: text, as: UTF8.self).drop { $0 == "-" })
        }
        var value = digits
        if value == 0 { return 0 }
        var exponent = exponent
        while exponent < 0 {
            guard value % 10 == 0 else { return nil }
            value /= 10
            exponent += 1
        }
        while exponent > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
            exponent -= 1
        }
        return value
    }
}
