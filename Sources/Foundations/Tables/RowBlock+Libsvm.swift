import Tensors

extension RowBlock {
    /// Reads lines of libsvm, each of which has a label. If only some rows have a weight, the others have weight 1.
    package init(libsvm bytes: UnsafeBufferPointer<UInt8>) {
        self.init()
        guard var p = bytes.baseAddress else { return }
        let end = p + bytes.count
        let reader = NumberReader()
        while p < end {
            lineCount += 1
            var line = LibsvmLine(&p, end, reader)
            guard line.nextWord() else { continue }
            let start = line.position
            if let fault = addRow(&line) {
                let isCSV = Self.hasComma(start, line.end)
                problem = RowProblem(row: rowCount + 1, line: lineCount, .libsvm(isCSV ? .looksLikeCSV : fault))
                return
            }
        }
    }

    /// Returns whether the word at `start` contains a comma, which is not possible in libsvm.
    private static func hasComma(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        UnsafeBufferPointer(start: start, count: end - start)
            .prefix { !LibsvmLine.isSpace($0) }.contains(UInt8(ascii: ","))
    }

    /// Reads the words of a line that has at least one.
    ///
    /// - Returns: What is wrong with the line, if anything.
    @inline(__always)
    private mutating func addRow(_ line: inout LibsvmLine) -> LibsvmFault? {
        let first = line.position
        guard let label = line.number(as: Float.self) else { return .label(line.word(at: first)) }
        guard label.isFinite else { return .labelNotFinite(line.word(at: first)) }
        if line.take(UInt8(ascii: ":")) {
            guard let weight = line.number(as: Float.self), weight >= 0, weight.isFinite else {
                return .weight(line.word(at: first))
            }
            if weights.isEmpty { weights = [Float](repeating: 1, count: rowCount) }
            weights.append(weight)
        } else if !weights.isEmpty {
            weights.append(1)
        }
        guard line.isAtEndOfWord else { return .label(line.word(at: first)) }
        labels.append(label)
        while line.nextWord() {
            let start = line.position
            guard let column = line.column() else {
                if let fault = addQuery(&line) { return fault }
                continue
            }
            guard let value = line.number(as: Float.self), line.isAtEndOfWord else {
                return .value(line.word(at: start))
            }
            guard !value.isInfinite else { return .infiniteValue(line.word(at: start)) }
            columns.append(UInt32(column))
            values.append(value)
        }
        rowCount += 1
        ends.append(values.count)
        return nil
    }

    /// Reads the query of a row, which is all that a word can be without a column.
    private mutating func addQuery(_ line: inout LibsvmLine) -> LibsvmFault? {
        let word = line.word(at: line.position)
        guard word.hasPrefix("qid:") else {
            let digits = word.prefix { $0.isASCII && $0.isNumber }
            let limit = LibsvmLine.highestColumn
            return digits.isEmpty || Int(digits).map { $0 <= limit } ?? false
                ? .pair(word) : .column(word, limit: limit)
        }
        guard let query = UInt64(word.dropFirst(4)) else { return .query(word) }
        queries.append(query)
        line.position += word.utf8.count
        return nil
    }
}
