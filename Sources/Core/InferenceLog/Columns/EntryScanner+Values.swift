import Tensors

extension EntryScanner {
    /// Reads a value of any kind, and appends what it contains to the entry's values.
    ///
    /// Arrays are read without regard to their nesting, except that the elements of the outermost one are the rows. Rows of
    /// different lengths are irregular.
    mutating func readNested(_ cursor: inout JSONCursor) throws(JSONError) -> (form: ScannedPart.Form, rowCount: Int) {
        guard cursor.take(UInt8(ascii: "[")) else {
            guard cursor.peek() != UInt8(ascii: "{") else {
                try cursor.skipValue()
                return (.irregular, 1)
            }
            entry.values.append(try readScalar(&cursor))
            return (.scalar, 1)
        }
        if cursor.peek() == UInt8(ascii: "{") { return (.objects, try readObjects(&cursor)) }
        var depth = 1
        var first = true
        var rowCount = 0
        var rowStart = entry.values.count
        var rowLength: Int?
        var isRegular = true
        while true {
            guard try cursor.nextElement(first: &first) else {
                first = false
                depth -= 1
                if depth == 0 { break }
                guard depth == 1 else { continue }
                let length = entry.values.count - rowStart
                if let rowLength, rowLength != length { isRegular = false }
                rowLength = length
                continue
            }
            if depth == 1 {
                rowCount += 1
                rowStart = entry.values.count
            }
            if cursor.take(UInt8(ascii: "[")) {
                guard depth < JSONCursor.maxDepth else { throw cursor.notAnEntry }
                depth += 1
                first = true
                continue
            }
            entry.values.append(try readScalar(&cursor))
            if depth == 1 {
                if let rowLength, rowLength != 1 { isRegular = false }
                rowLength = 1
            }
        }
        return (isRegular ? .array : .irregular, rowCount)
    }

    /// Reads the elements of `[{"a":1,"b":"x"},…]` and the end of the array.
    ///
    /// - Returns: The number of rows.
    private mutating func readObjects(_ cursor: inout JSONCursor) throws(JSONError) -> Int {
        var rowCount = 0
        var first = true
        while try cursor.nextElement(first: &first) {
            rowCount += 1
            if cursor.take(UInt8(ascii: "{")) {
                var firstMember = true
                while let name = try cursor.nextName(first: &firstMember) {
                    guard let feature = features.index(of: name) else {
                        try cursor.skipValue()
                        continue
                    }
                    var value = try readScalar(&cursor)
                    value.feature = Int32(feature)
                    entry.values.append(value)
                }
            } else {
                try cursor.skipValue()
            }
            entry.values.append(ScannedValue(kind: .rowEnd))
        }
        return rowCount
    }

    @inline(__always)
    private mutating func readScalar(_ cursor: inout JSONCursor) throws(JSONError) -> ScannedValue {
        switch cursor.peek() {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return try cursor.readNumber()
        case UInt8(ascii: "\""):
            entry.texts.append(try cursor.readString())
            return ScannedValue(bits: UInt64(entry.texts.count - 1), kind: .text)
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            return ScannedValue(bits: try cursor.readBool() ? 1 : 0, kind: .boolean)
        default:
            try cursor.skipValue()
            return .missing
        }
    }
}

extension JSONCursor {
    var notAnEntry: JSONError {
        JSONError(kind: .unexpected, message: "The line is not an entry of the log", offset: offset)
    }

    /// Reads a text; `nil` if the value is anything else.
    mutating func readText() throws(JSONError) -> String? {
        guard peek() == UInt8(ascii: "\"") else {
            try skipValue()
            return nil
        }
        return try readString()
    }

    /// Reads a hash of 16 hexadecimal digits; `nil` if the value is anything else.
    mutating func readHash() throws(JSONError) -> UInt64? {
        guard let text = try readText(), text.utf8.count == 16, text.utf8.first != UInt8(ascii: "+"),
            text.utf8.first != UInt8(ascii: "-")
        else { return nil }
        return UInt64(text, radix: 16)
    }

    /// Reads a number: as an integer if it is one, so that no digit is lost.
    mutating func readNumber() throws(JSONError) -> ScannedValue {
        let start = offset
        let value: Double
        do throws(JSONError) {
            value = try readDouble()
        } catch {
            // The number may be too large. If the text is not a number, this throws.
            rewind(to: start)
            try skipValue()
            return .missing
        }
        // Up to here, a whole Double is the number itself.
        let exact = 0x1p53
        if value > -exact, value < exact {
            let whole = Int64(value)
            guard Double(whole) == value, whole != 0 || value.sign == .plus else {
                return ScannedValue(bits: value.bitPattern, kind: .double)
            }
            return ScannedValue(bits: UInt64(bitPattern: whole), kind: .integer)
        }
        let end = offset
        rewind(to: start)
        do throws(JSONError) {
            return ScannedValue(bits: UInt64(bitPattern: Int64(try readInt())), kind: .integer)
        } catch {
            rewind(to: end)
        }
        if let whole = Int64(exactly: value) {
            return ScannedValue(bits: UInt64(bitPattern: whole), kind: .integer)
        }
        return ScannedValue(bits: value.bitPattern, kind: .double)
    }
}
