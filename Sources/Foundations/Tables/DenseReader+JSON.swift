import Tensors

extension DenseReader {
    /// Reads `{"instances": [ROW, …]}`, `[ROW, …]` or one ROW.
    ///
    /// A ROW is `[1, 2]`, `{"features": [1, 2]}` or `{"data": {"features": {"values": [1, 2]}}}`.
    ///
    /// - Parameter lines: Whether several such values may follow each other.
    func readJSON(_ body: UnsafeRawBufferPointer, lines: Bool) throws(RowProblem) -> DenseRows {
        var rows = Rows<Element>(width: width, capacity: max(min(width ?? 0, body.count), body.count / 8))
        do {
            var cursor = try JSONCursor(body)
            repeat {
                try readValue(&cursor, into: &rows)
            } while lines && cursor.peek() != 0
            try cursor.expectEnd()
        } catch {
            throw (error as? RowProblem) ?? RowProblem(row: rows.rowCount + 1, .json("\(error)"))
        }
        return rows.finished()
    }

    private func readValue(_ cursor: inout JSONCursor, into rows: inout Rows<Element>) throws {
        switch cursor.peek() {
        case UInt8(ascii: "["): try readRows(&cursor, into: &rows)
        case UInt8(ascii: "{"):
            let start = cursor.offset
            _ = cursor.take(UInt8(ascii: "{"))
            var key = ""
            var first = true
            var found = false
            while try cursor.nextKey(first: &first, into: &key) {
                if key == "instances" || key == "inputs", cursor.peek() == UInt8(ascii: "[") {
                    try readRows(&cursor, into: &rows)
                    found = true
                } else if Self.isFeatures(key), !found {
                    cursor.rewind(to: start)
                    return try readRow(&cursor, into: &rows)
                } else {
                    try cursor.skipValue()
                }
            }
            guard found else { throw cursor.unexpected("'instances' or 'features'") }
        default: try readRow(&cursor, into: &rows)
        }
    }

    private static func isFeatures(_ key: String) -> Bool {
        key == "features" || key == "data" || key == "values" || key == "input"
    }

    /// Reads an array of rows. An array of numbers is one row, or one row per number if the width is 1.
    private func readRows(_ cursor: inout JSONCursor, into rows: inout Rows<Element>) throws {
        let start = cursor.offset
        _ = cursor.take(UInt8(ascii: "["))
        if cursor.take(UInt8(ascii: "]")) { return }
        let head = cursor.peek()
        guard head == UInt8(ascii: "[") || head == UInt8(ascii: "{") || width == 1 else {
            cursor.rewind(to: start)
            return try readRow(&cursor, into: &rows)
        }
        var first = true
        while try cursor.nextElement(first: &first) { try readRow(&cursor, into: &rows) }
    }

    private func readRow(_ cursor: inout JSONCursor, into rows: inout Rows<Element>) throws {
        guard cursor.take(UInt8(ascii: "{")) else { return try readFlat(&cursor, into: &rows) }
        var depth = 1
        var key = ""
        var first = true
        var found = false
        while depth > 0 {
            guard try cursor.nextKey(first: &first, into: &key) else {
                depth -= 1
                first = false
                continue
            }
            guard !found, Self.isFeatures(key) else {
                try cursor.skipValue()
                continue
            }
            if depth < 4, cursor.take(UInt8(ascii: "{")) {
                depth += 1
                first = true
            } else {
                try readFlat(&cursor, into: &rows)
                found = true
            }
        }
        guard found else { throw cursor.unexpected("'features' of a row") }
    }

    /// Reads a number, or all numbers in nested arrays, as one row.
    private func readFlat(_ cursor: inout JSONCursor, into rows: inout Rows<Element>) throws {
        var depth = 0
        var isFirst = true
        repeat {
            if depth > 0 {
                guard try cursor.nextElement(first: &isFirst) else {
                    depth -= 1
                    isFirst = false
                    continue
                }
            }
            if cursor.take(UInt8(ascii: "[")) {
                depth += 1
                isFirst = true
                guard depth <= JSONCursor.maxRank else { throw cursor.unexpected("a number") }
            } else if let missing, try cursor.takeNull() {
                rows.append(missing)
            } else {
                rows.append(try Element.read(&cursor))
            }
        } while depth > 0
        try rows.endRow()
    }
}
