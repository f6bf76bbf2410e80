import Tensors

/// Reads the rows of CSV text one at a time, from bytes that the caller keeps alive.
package struct CSVCursor {
    private var position: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private let format: CSVFormat
    /// The second byte that is ignored around a number; a space if there is none.
    private let padding: UInt8
    private let reader = NumberReader()
    /// The number of rows read so far.
    package private(set) var rowCount = 0
    /// The number of lines read so far; counted only if the format is lenient with lines.
    package private(set) var lineCount = 0
    /// The number of fields of the last row that could be read.
    package private(set) var column = 0

    /// - Precondition: `bytes` outlives the cursor.
    package init?(_ bytes: UnsafeBufferPointer<UInt8>, _ format: CSVFormat) {
        guard let start = bytes.baseAddress else { return nil }
        position = start
        end = start + bytes.count
        self.format = format
        padding = format.ignoresTabs && format.separator != 0x09 ? 0x09 : 0x20
    }

    /// Reads the next row.
    ///
    /// - Parameter values: Has room for as many numbers as a row has, or as there are bytes left.
    /// - Returns: `false` if there are no more rows.
    package mutating func next(into values: UnsafeMutablePointer<Float>) throws(RowProblem) -> Bool {
        try read(into: values)
    }

    @inline(__always)
    mutating func read<Element: RowElement>(into values: UnsafeMutablePointer<Element>) throws(RowProblem) -> Bool {
        skipBlankLines()
        guard position < end else { return false }
        column = 0
        var p = position
        while true {
            let first = p
            skipPadding(&p)
            // Reading no number takes longer than reading one.
            if format.takesMissing, p < end, p.pointee == format.separator {
                if column < format.width { values[column] = .nan }
                column &+= 1
                p += 1
                continue
            }
            let isQuoted = p < end && p.pointee == UInt8(ascii: "\"")
            if isQuoted { p += 1 }
            var value = Element.nan
            if let number = Element.read(reader, &p, end) {
                value = number
            } else if !format.takesMissing {
                throw notANumber(first)
            }
            if isQuoted {
                guard p < end, p.pointee == UInt8(ascii: "\"") else { throw notANumber(first) }
                p += 1
            }
            skipPadding(&p)
            let isLast = p == end || p.pointee == 0x0A || endsRow(p)
            guard isLast || p.pointee == format.separator else { throw notANumber(first) }
            if value.isInfinite, !format.takesInfinity { throw problem(column + 1, .infinite) }
            if column < format.width { values[column] = value }
            column &+= 1
            if isLast { break }
            p += 1
        }
        guard column == format.width else {
            throw problem(nil, .width(found: column, expected: format.width))
        }
        if p < end {
            let isReturn = p.pointee == 0x0D
            p += 1
            if isReturn, p < end, p.pointee == 0x0A { p += 1 }
        }
        position = p
        rowCount &+= 1
        return true
    }

    private mutating func skipBlankLines() {
        guard format.isLenientWithLines else {
            while position < end, position.pointee == 0x0A || position.pointee == 0x0D { position += 1 }
            return
        }
        while position < end {
            lineCount &+= 1
            var p = position
            while p < end, p.pointee == 0x20 || p.pointee == 0x0D { p += 1 }
            guard p == end || p.pointee == 0x0A else { return }
            position = p == end ? p : p + 1
        }
    }

    @inline(__always)
    private func skipPadding(_ p: inout UnsafePointer<UInt8>) {
        while p < end, p.pointee == 0x20 || p.pointee == padding { p += 1 }
    }

    /// Returns whether a carriage return at `p` ends the row.
    @inline(__always)
    private func endsRow(_ p: UnsafePointer<UInt8>) -> Bool {
        p.pointee == 0x0D && (format.isLenientWithLines || p + 1 == end || p[1] == 0x0A)
    }

    /// Returns a problem in the row that is being read.
    package func problem(_ column: Int?, _ reason: RowProblem.Reason) -> RowProblem {
        RowProblem(row: rowCount + 1, line: format.isLenientWithLines ? lineCount : nil, column: column, reason)
    }

    @inline(never)
    private func notANumber(_ first: UnsafePointer<UInt8>) -> RowProblem {
        var p = first
        while p < end, p - first < 40, p.pointee != format.separator, p.pointee != 0x0A, p.pointee != 0x0D { p += 1 }
        let text = String(decoding: UnsafeBufferPointer(start: first, count: p - first), as: UTF8.self)
        return problem(column + 1, .notANumber(text))
    }
}
