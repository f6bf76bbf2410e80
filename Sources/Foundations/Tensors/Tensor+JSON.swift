extension JSONCursor {
    /// The most dimensions that a tensor may have.
    package static let maxRank = 16

    /// Reads nested arrays (or a scalar) straight into a tensor of `dataType`.
    ///
    /// Every number is converted as it is read: to the nearest value for floating-point types, exactly for integers. In
    /// floating-point types `null` is NaN, a missing value, and `"NaN"`, `"Infinity"` and `"-Infinity"` are what they say.
    ///
    /// - Parameter columns: What the columns are called, for rows that may come as objects: `[{"age": 34, "income": 2.5}]`.
    /// - Throws: ``JSONError`` for ragged rows, for an element that is not of the type or does not fit it.
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
        skipSpace()
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

    /// Reads a number that is an integer, however it is written (`2`, `2.0`, `2e3`).
    @inline(__always)
    private mutating func readInteger<Element: FixedWidthInteger>(
        as type: Element.Type,
        dataType: DataType
    ) throws(JSONError) -> Element {
        skipSpace()
        let start = offset
        let decimal = try readDecimal()
        var magnitude = decimal.digits
        if !decimal.isInteger || decimal.truncated {
            guard let whole = decimal.wholeMagnitude(of: bytes(since: start)) else {
                let text = String(decoding: bytes(since: start).prefix(32), as: UTF8.self)
                throw JSONError(
                    kind: .unexpected,
                    message: "\(dataType.rawValue) holds integers from \(type.min) to \(type.max), but \(text) came",
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
                    "\(dataType.rawValue) holds integers from \(type.min) to \(type.max), but \(sign)\(magnitude) came",
                offset: start
            )
        }
        return value
    }

    /// Reads nested arrays whose elements `read` takes one at a time.
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
        var memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: capacity * width,
            alignment: TensorStorage.alignment
        )
        let shape: [Int]
        do {
            shape = try readRows(columns) { cursor throws(JSONError) in
                if count == capacity {
                    capacity *= 2
                    let larger = UnsafeMutableRawBufferPointer.allocate(
                        byteCount: capacity * width,
                        alignment: TensorStorage.alignment
                    )
                    larger.copyMemory(from: UnsafeRawBufferPointer(memory))
                    memory.deallocate()
                    memory = larger
                }
                memory.storeBytes(of: try read(&cursor), toByteOffset: count &* width, as: type)
                count &+= 1
            }
        } catch {
            memory.deallocate()
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

    /// Walks nested arrays of equal lengths, and calls `readElement` at each element.
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
                try readElement(&self)
                guard nesting.depth > 0 else { return [] }
                // The innermost array in one go.
                var length = 1
                while take(UInt8(ascii: ",")) {
                    if peek() == UInt8(ascii: "[") { throw ragged("an array came among single values") }
                    try readElement(&self)
                    length &+= 1
                }
                try expect(UInt8(ascii: "]"), "',' or ']'")
                nesting.lengths[nesting.depth - 1] = length
            }
            try nesting.close(at: self)
            // After a closed array: a sibling, or the ends of the arrays around it.
            while nesting.depth > 0, !take(UInt8(ascii: ",")) {
                try expect(UInt8(ascii: "]"), "',' or ']'")
                try nesting.close(at: self)
            }
            if nesting.depth == 0 { return nesting.shape }
            if peek() == UInt8(ascii: "]") { throw unexpected("A value") }
        }
    }

    fileprivate func ragged(_ how: String) -> JSONError {
        JSONError(kind: .unexpected, message: "Rows of one length were expected, but \(how)", offset: offset)
    }

    /// The arrays that are open while a tensor is read, and the lengths that their siblings had.
    private struct Nesting {
        /// Elements so far in the open array of each level.
        var lengths: [Int] = []
        /// The length of the arrays of each level, -1 until the first one of the level is closed.
        private var dimensions = [Int](repeating: -1, count: JSONCursor.maxRank)
        /// The level on which elements stand; known with the first one.
        private var rank: Int?

        var depth: Int { lengths.count }
        var shape: [Int] { Array(dimensions.prefix(rank ?? 0)) }

        @inline(__always)
        mutating func open(at cursor: JSONCursor) throws(JSONError) {
            guard depth < JSONCursor.maxRank else {
                throw cursor.syntax("A tensor has at most \(JSONCursor.maxRank) dimensions")
            }
            if let rank, depth == rank { throw cursor.ragged("an array came where single values came before") }
            lengths.append(0)
        }

        @inline(__always)
        mutating func setRank(at cursor: JSONCursor) throws(JSONError) {
            if let rank, rank != depth { throw cursor.ragged("the nesting is not as deep as before") }
            rank = depth
        }

        @inline(__always)
        mutating func close(at cursor: JSONCursor) throws(JSONError) {
            let length = lengths.removeLast()
            if dimensions[depth] == -1 {
                dimensions[depth] = length
            } else if dimensions[depth] != length {
                throw cursor.ragged("one has \(length) elements where those before it have \(dimensions[depth])")
            }
            if depth > 0 { lengths[depth - 1] += 1 }
        }
    }
}

extension Decimal {
    /// The integer that this decimal is, whatever its notation; `nil` where it has a fraction or passes 64 bits.
    func wholeMagnitude(of text: UnsafeRawBufferPointer) -> UInt64? {
        guard !truncated else {
            // 20 digits can still be a UINT64.
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
