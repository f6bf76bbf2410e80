/// Finds the fields of CSV text. Everything that reads CSV as text agrees on fields because of it.
///
/// A field is in double quotes from its first to its last byte, or has none. Two quotes within a field in quotes stand for one.
///
/// - Source: RFC 4180, section 2.
enum CSVField {
    /// Returns the end of the field that begins at `start`: the position of the comma or the line end after it, or the number of
    /// bytes.
    static func end(ofFieldAt start: Int, in bytes: UnsafeRawBufferPointer) throws(CSVProblem.Reason) -> Int {
        guard start < bytes.count, bytes[start] == quote else {
            var position = start
            while position < bytes.count, !isEnd(bytes[position]) {
                if bytes[position] == quote { throw .strayQuote }
                if bytes[position] == 0 { throw .nul }
                position += 1
            }
            return position
        }
        var position = start + 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 0 { throw .nul }
            guard byte == quote else { continue }
            if position == bytes.count || isEnd(bytes[position]) { return position }
            guard bytes[position] == quote else { throw .strayQuote }
            position += 1
        }
        throw .openQuote
    }

    /// Returns the text of a field, without the quotes around it; `nil` if the field has no byte at all.
    static func text(of field: UnsafeRawBufferPointer) throws(CSVProblem.Reason) -> String? {
        guard let first = field.first else { return nil }
        guard first == quote else { return try decoded(field) }
        let inner = UnsafeRawBufferPointer(rebasing: field[1..<(field.count - 1)])
        guard inner.contains(quote) else { return try decoded(inner) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(inner.count)
        var isSecond = false
        for byte in inner {
            isSecond = byte == quote && !isSecond
            if !isSecond { bytes.append(byte) }
        }
        return try decoded(bytes)
    }

    private static func decoded(_ bytes: some Collection<UInt8>) throws(CSVProblem.Reason) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    private static let quote = UInt8(ascii: "\"")

    private static func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D }
}

/// Why a record of CSV cannot be read.
package struct CSVProblem: Error, Equatable, CustomStringConvertible {
    package enum Reason: Error, Equatable {
        /// A field in quotes does not end.
        case openQuote
        /// A quote is inside a field without quotes, or something follows the quote that ends a field.
        case strayQuote
        case nul
        case notUTF8
        /// A line end within what should be one record.
        case lineEnd
        case width(found: Int, expected: Int)
    }

    /// The line in which the record begins, counted from 1.
    package let line: Int
    package let reason: Reason

    init(line: Int, _ reason: Reason) {
        self.line = line
        self.reason = reason
    }

    /// What the record has, as in "line 3 …".
    package var description: String {
        switch reason {
        case .openQuote: "has a quote that is not closed"
        case .strayQuote:
            "has a quote inside a field; a field with quotes must be in quotes itself, with each inner quote doubled"
        case .nul: "has a NUL byte; CSV must be UTF-8 text"
        case .notUTF8: "has bytes that are not UTF-8"
        case .lineEnd: "has a line end within the record"
        case .width(let found, let expected):
            "has \(found) field\(found == 1 ? "" : "s"), but the first record has \(expected)"
        }
    }
}
