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

    /// Returns the separator of the first line that is not empty: a comma, or the first other separator if it has no comma.
    package static func separator(of text: UnsafeRawBufferPointer) -> UInt8 {
        var other: UInt8?
        var isEmpty = true
        for byte in text {
            if byte == 0x0A || byte == 0x0D {
                if isEmpty { continue }
                break
            }
            isEmpty = false
            switch byte {
            case UInt8(ascii: ","): return byte
            case UInt8(ascii: ";"), UInt8(ascii: "|"), 0x09: other = other ?? byte
            default: break
            }
        }
        return other ?? UInt8(ascii: ",")
    }

    /// Returns the positions of the fields of one record, whose separators are commas outside double quotes.
    ///
    /// - Throws: ``CSVProblem``, in line 1, if the bytes are not one record.
    package static func fields(of record: UnsafeRawBufferPointer) throws(CSVProblem) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        do throws(CSVProblem.Reason) {
            var start = 0
            while true {
                let end = try CSVField.end(ofFieldAt: start, in: record)
                fields.append(start..<end)
                guard end < record.count else { return fields }
                guard record[end] == UInt8(ascii: ",") else { throw .lineEnd }
                start = end + 1
            }
        } catch {
            throw CSVProblem(line: 1, error)
        }
    }

    /// The mark with which spreadsheets begin UTF-8.
    package static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Returns the first line that is not blank, without its end.
    package static func firstLine(of text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = text.starts(with: mark) ? mark.count : 0
        while start < text.count {
            var end = start
            var isBlank = true
            while end < text.count, text[end] != 0x0A, text[end] != 0x0D {
                if text[end] > 0x20 { isBlank = false }
                end += 1
            }
            if !isBlank { return UnsafeRawBufferPointer(rebasing: text[start..<end]) }
            start = end + 1
        }
        return nil
    }
}
