/// Rows as objects by column: `[{"age": 34, "income": 2.5}, …]`.
extension JSONCursor {
    /// Whether an array comes next whose first element is an object.
    mutating func isAtObjects() -> Bool {
        let start = position
        defer { position = start }
        return take(UInt8(ascii: "[")) && peek() == UInt8(ascii: "{")
    }

    /// Walks an array of objects, and calls `readElement` at each value, a row's in the order of `columns`.
    ///
    /// - Returns: The shape.
    /// - Throws: ``JSONError`` that names the columns that a row lacks, and those that are not known.
    mutating func readRecords(
        _ columns: [String],
        _ readElement: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) -> [Int] {
        var names = ColumnNames(columns)
        var offsets = [Int](repeating: -1, count: columns.count)
        var rowCount = 0
        var firstRow = true
        try expect(UInt8(ascii: "["), "An array of rows")
        while try nextElement(first: &firstRow) {
            rowCount += 1
            try expect(UInt8(ascii: "{"), "An object, as the row before,")
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
                if let column {
                    guard offsets[column] == -1 else {
                        throw problem("The column '\(columns[column])' of row \(rowCount) came twice", start)
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

    /// The columns that an error names at most.
    private static let shownColumns = 20

    private static func mismatch(_ row: Int, missing: [String], unknown: [String]) -> String {
        func list(_ names: [String]) -> String {
            let shown = names.prefix(shownColumns).map { "'\($0.prefix(80))'" }.joined(separator: ", ")
            return names.count > shownColumns ? shown + " and \(names.count - shownColumns) more" : shown
        }
        let parts =
            (missing.isEmpty ? [] : ["lacks the columns \(list(missing))"])
            + (unknown.isEmpty ? [] : ["has columns that are not known: \(list(unknown))"])
        return "Row \(row) \(parts.joined(separator: ", and "))"
    }
}

/// Finds columns by their names. Rows mostly have their columns in one order, so that each is looked for where it was before.
private struct ColumnNames {
    private let columns: [String]
    private lazy var indices = Dictionary(columns.enumerated().map { ($1, $0) }) { first, _ in first }
    /// The column at each place of the row before.
    private var order: [Int]

    init(_ columns: [String]) {
        self.columns = columns
        order = Array(columns.indices)
    }

    /// - Parameter place: Counted in the row.
    mutating func column(of name: UnsafeBufferPointer<UInt8>, place: Int) -> Int? {
        if place < order.count, columns[order[place]].utf8.elementsEqual(name) { return order[place] }
        guard let column = indices[String(decoding: name, as: UTF8.self)] else { return nil }
        if place < order.count { order[place] = column }
        return column
    }
}
