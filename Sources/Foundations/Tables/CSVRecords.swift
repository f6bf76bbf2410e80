/// Reads the records of CSV text as text, from bytes that the caller keeps alive.
///
/// Fields are separated by commas. A field in double quotes may contain commas and line breaks, and two quotes stand for one.
/// Lines without any field are skipped.
///
/// - Source: RFC 4180.
package struct CSVRecords {
    private let bytes: UnsafeRawBufferPointer
    private let isRectangular: Bool
    private var position = 0
    /// The line in which the last record begins, counted from 1.
    package private(set) var line = 0
    private var linesRead = 0
    /// The number of fields of the first record.
    private var width: Int?

    /// - Parameter isRectangular: Whether all records must have as many fields as the first one.
    /// - Precondition: `bytes` outlives the value.
    package init(_ bytes: UnsafeRawBufferPointer, isRectangular: Bool = false) {
        self.bytes = bytes
        self.isRectangular = isRectangular
        // Spreadsheets begin UTF-8 with a mark.
        if bytes.starts(with: CSVFormat.mark) { position = CSVFormat.mark.count }
    }

    /// Reads the next record.
    ///
    /// - Parameter fields: Set to the record's fields. A field without any character, not even quotes, is missing: `nil`.
    /// - Returns: `false` if there are no more records.
    package mutating func next(into fields: inout [String?]) throws(CSVProblem) -> Bool {
        fields.removeAll(keepingCapacity: true)
        skipBlankLines()
        guard position < bytes.count else { return false }
        line = linesRead + 1
        do throws(CSVProblem.Reason) {
            try readRecord(into: &fields)
        } catch {
            throw CSVProblem(line: line, error)
        }
        linesRead += 1
        return true
    }

    private mutating func readRecord(into fields: inout [String?]) throws(CSVProblem.Reason) {
        while true {
            let start = position
            position = try CSVField.end(ofFieldAt: start, in: bytes)
            let field = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
            fields.append(try CSVField.text(of: field))
            linesRead += field.count { $0 == 0x0A }
            guard position < bytes.count else { break }
            let separator = bytes[position]
            position += 1
            if separator == UInt8(ascii: ",") { continue }
            if separator == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
            break
        }
        let expected = width ?? fields.count
        width = expected
        guard !isRectangular || fields.count == expected else {
            throw .width(found: fields.count, expected: expected)
        }
    }

    private mutating func skipBlankLines() {
        while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D {
            if bytes[position] == 0x0A || bytes[(position + 1)...].first != 0x0A { linesRead += 1 }
            position += 1
        }
    }
}
