import Tensors

extension DenseReader {
    /// Reads the features of libsvm; labels and groups are ignored.
    func readLibsvm(_ body: UnsafeRawBufferPointer) throws(RowProblem) -> DenseRows {
        guard let width else { throw RowProblem(row: 1, .widthUnknown) }
        var rows = Rows<Element>(width: width, capacity: min(width, body.count))
        let bytes = body.bindMemory(to: UInt8.self)
        guard var p = bytes.baseAddress else { return rows.finished() }
        let end = p + bytes.count
        let reader = NumberReader()
        // Lines that contain only spaces or a comment count, but empty ones do not.
        var row = 0
        while p < end {
            if p.pointee == 0x0A {
                p += 1
                continue
            }
            row += 1
            var line = LibsvmLine(&p, end, reader)
            guard line.nextWord() else { continue }
            try rows.fillRow(with: omitted)
            try readFeatures(of: &line, row: row, width: width, into: &rows)
            try rows.endRow()
        }
        return rows.finished()
    }

    private func readFeatures(
        of line: inout LibsvmLine,
        row: Int,
        width: Int,
        into rows: inout Rows<Element>
    ) throws(RowProblem) {
        var isFirst = true
        repeat {
            defer { isFirst = false }
            let word = line.position
            if Self.takeGroup(&line) {
                guard line.number(as: Double.self) != nil else { throw pair(line.word(at: word), row) }
                continue
            }
            let column: Int
            if let digits = line.column() {
                column = digits
            } else {
                // A label, or a column that is not written in digits only.
                guard let number = line.number(as: Double.self) else { throw pair(line.word(at: word), row) }
                let isColumn = line.take(UInt8(ascii: ":"))
                if isFirst, !isColumn { continue }
                guard isColumn, let exact = Int(exactly: number), exact >= 0 else {
                    throw pair(line.word(at: word), row)
                }
                column = exact
            }
            guard let value = line.number(as: Element.self) else {
                throw RowProblem(row: row, column: column, .libsvm(.value(line.word(at: word))))
            }
            guard column < width else {
                throw RowProblem(row: row, column: column, .width(found: column + 1, expected: width))
            }
            rows.set(value, at: column)
        } while line.nextWord()
    }

    private func pair(_ word: String, _ row: Int) -> RowProblem { RowProblem(row: row, .libsvm(.pair(word))) }

    /// Takes `qid:`, or another name of three letters that begins with a q.
    private static func takeGroup(_ line: inout LibsvmLine) -> Bool {
        guard line.end - line.position >= 4, line.position[0] == UInt8(ascii: "q"),
            line.position[3] == UInt8(ascii: ":")
        else { return false }
        line.position += 4
        return true
    }
}
