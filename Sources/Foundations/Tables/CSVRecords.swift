/// Reads the records of CSV text as text, from bytes that the caller keeps alive.
///
/// Fields are separated by commas. A field in double quotes may contain commas and line breaks, and two quotes stand for one.
/// Lines without any field are skipped.
///
/// - Source: RFC 4180.
package struct CSVRecords {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The line in which the last record begins, counted from 1.
    package private(set) var line = 0
    private var linesRead = 0

    /// - Precondition: `bytes` outlives the value.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        // Spreadsheets begin UTF-8 with a mark.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// Reads the next record.
    ///
    /// - Parameter fields: Set to the record's fields. A field without any character, not even quotes, is missing: `nil`.
    /// - Returns: `false` if there are no more records.
    /// - Throws: ``CSVProblem`` if a quoted field does not end.
    package mutating func next(into fields: inout [String?]) throws(CSVProblem) -> Bool {
        fields.removeAll(keepingCapacity: true)
        skipBlankLines()
        guard position < bytes.count else { return false }
        line = linesRead + 1
        while true {
            let isQuoted = bytes[position...].first == UInt8(ascii: "\"")
            fields.append(isQuoted ? try quotedField() : plainField())
            guard position < bytes.count else { break }
            let separator = bytes[position]
            position += 1
            if separator == UInt8(ascii: ",") { continue }
            if separator == 0x0D, bytes[position...].first == 0x0A { position += 1 }
            break
        }
        linesRead += 1
        return true
    }

    private mutating func skipBlankLines() {
        while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D {
            if bytes[position] == 0x0A || bytes[(position + 1)...].first != 0x0A { linesRead += 1 }
            position += 1
        }
    }

    private static func endsField(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D
    }

    private mutating func plainField() -> String? {
        let start = position
        while position < bytes.count, !Self.endsField(bytes[position]) { position += 1 }
        return start == position ? nil : text(start..<position)
    }

    /// What follows the closing quote up to the separator belongs to the field, as most readers have it.
    private mutating func quotedField() throws(CSVProblem) -> String {
        position += 1
        var field: [UInt8] = []
        var start = position
        while true {
            guard position < bytes.count else { throw CSVProblem(line: line) }
            let byte = bytes[position]
            position += 1
            if byte == 0x0A { linesRead += 1 }
            guard byte == UInt8(ascii: "\"") else { continue }
            field += bytes[start..<(position - 1)]
            guard bytes[position...].first == UInt8(ascii: "\"") else { break }
            start = position
            position += 1
        }
        start = position
        while position < bytes.count, !Self.endsField(bytes[position]) { position += 1 }
        field += bytes[start..<position]
        return String(decoding: field, as: UTF8.self)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
}

/// A field in quotes that does not end.
package struct CSVProblem: Error, Equatable {
    /// The line in which its record begins, counted from 1.
    package let line: Int
}
