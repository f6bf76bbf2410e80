/// How CSV text is written, and which values are allowed.
package struct CSVFormat: Sendable {
    /// The byte between fields.
    package var separator: UInt8
    /// Fields per row.
    package var width: Int
    /// Whether an empty field is a missing value, which is read as NaN.
    var takesMissing: Bool
    var takesInfinity: Bool
    /// Whether tabs around a number are ignored like spaces.
    var ignoresTabs: Bool
    /// Whether a carriage return without a newline also ends a row, and a line that contains only spaces is blank.
    var isLenientWithLines: Bool

    /// The format of training files.
    package static func file(separator: UInt8, width: Int) -> CSVFormat {
        CSVFormat(
            separator: separator,
            width: width,
            takesMissing: true,
            takesInfinity: false,
            ignoresTabs: false,
            isLenientWithLines: true
        )
    }

    /// The format of request bodies.
    static func body(separator: UInt8, width: Int, takesMissing: Bool) -> CSVFormat {
        CSVFormat(
            separator: separator,
            width: width,
            takesMissing: takesMissing,
            takesInfinity: true,
            ignoresTabs: true,
            isLenientWithLines: false
        )
    }

    /// Returns the separator of the first line: a comma, or the first other separator if it has no comma.
    package static func separator(of text: UnsafeRawBufferPointer) -> UInt8 {
        var other: UInt8?
        for byte in text {
            if byte == 0x0A { break }
            switch byte {
            case UInt8(ascii: ","): return byte
            case UInt8(ascii: ";"), UInt8(ascii: "|"), 0x09: other = other ?? byte
            default: break
            }
        }
        return other ?? UInt8(ascii: ",")
    }

    /// Returns the positions of the fields of a row, whose separators are commas outside double quotes.
    package static func fields(of row: UnsafeRawBufferPointer) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var start = 0
        var isQuoted = false
        for (index, byte) in row.enumerated() {
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                fields.append(start..<index)
                start = index + 1
            }
        }
        fields.append(start..<row.count)
        return fields
    }
}
