/// Rows as objects with the columns' names as keys: `[{"age": 34, "income": 2.5}, …]`.
extension JSONCursor {
    /// Returns whether an array comes next whose first element is an object.
    mutating func isAtObjects() -> Bool {
        let start = position
        defer { position = start }
        return take(UInt8(ascii: "[")) && peek() == UInt8(ascii: "{")
    }

    /// Reads an array of objects, and calls `readElement` at each value, row by row in the order of `columns`.
    ///
    /// - Returns: The shape.
    /// - Throws: ``JSONError`` that names the missing and the unknown columns of a row.
    mutating func readRecords(
        _ columns: [String],
        _ readElement: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) -> [Int] {
        var names = ColumnNames(columns)
        var offsets = [Int](repeating: -1, count: columns.count)
        var rowCount = 0
        var firstRow = true
        try expect(UInt8(ascii: "["), "an array of rows")
        while try nextElement(first: &firstRow) {
            rowCount += 1
            try expect(UInt8(ascii: "{"), "an object like the row before it")
            let start = offset
            for column in offsets.indices { offsets[column] = -1 }
            var unknown: [String] = []
            var place = 0
            while !take(UInt8(ascii: "}")) {
                if place > 0 { try expect(UInt8(ascii: ","), "',' or '}'") }
                guard peek() == UInt8(ascii: "\"") else { throw unexpected("a name in double quotes") }
                let (column, name) = try readString { text in
                    let column = names.column(of: text, place: place)
                    return (column, column == nil ? String(decoding: text, as: UTF8.self) : "")
                }
                place += 1
                try expect(UInt8(ascii: ":"), "':' after a name")
                skipSpace()
                if let column {
                    guard offsets[column] == -1 else {
                        throw problem("Column '\(columns[column])' appears twice in row \(rowCount)", start)
                    }
                    offsets[column] = offset
                } else if unknown.count < Self.shownColumns {
                    unknown.append(name)
                }
                try skipValue()
            }
            if !unknown.isEmpty || offsets.contains(-1) {
                let missing = zip(columns, offsets).filter { $0.1 == -1 }.map(\.0)
                throw problem(Self.mismatch(rowCount, missing: missing, unknown: unknown), start)
            }
            let end = offset
            for value in offsets {
                rewind(to: value)
                try readElement(&self)
            }
            rewind(to: end)
        }
        return [rowCount, columns.count]
    }

    private func problem(_ message: String, _ offset: Int) -> JSONError {
        JSONError(kind: .unexpected, message: message, offset: offset)
    }

    /// The largest number of columns that an error names.
    private static let shownColumns = 20

    private static func mismatch(_ row: Int, missing: [String], unknown: [String]) -> String {
        func list(_ names: [String]) -> String {
            let shown = names.prefix(shownColumns).map { "'\($0.prefix(80))'" }.joined(separator: ", ")
            return names.count > shownColumns ? shown + " and \(names.count - shownColumns) more" : shown
        }
        let parts =
            (missing.isEmpty ? [] : ["is missing the columns \(list(missing))"])
            + (unknown.isEmpty ? [] : ["has unknown columns: \(list(unknown))"])
        return "Row \(row) \(parts.joined(separator: ", and "))"
    }
}

/// Finds columns by name. Most rows have their columns in the same order, so the column at the same place in the previous row
/// is tried first.
private struct ColumnNames {
    private let columns: [String]
    private lazy var indices = Dictionary(columns.enumerated().map { ($1, $0) }) { first, _ in first }
    /// The column at each place of the previous row.
    private var order: [Int]

    init(_ columns: [String]) {
        self.columns = columns
        order = Array(columns.indices)
    }

    /// - Parameter place: The position in the row, from 0.
    mutating func column(of name: UnsafeBufferPointer<UInt8>, place: Int) -> Int? {
        if place < order.count, columns[order[place]].utf8.elementsEqual(name) { return order[place] }
        guard let column = indices[String(decoding: name, as: UTF8.self)] else { return nil }
        if place < order.count { order[place] = column }
        return column
    }
}
