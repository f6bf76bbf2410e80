import Tensors

/// Reads libsvm files: `LABEL[:WEIGHT] [qid:QUERY] COLUMN:VALUE …`, with columns numbered as in the file and comments after `#`.
struct LibsvmReader: Sendable {
    let threads: Int

    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        var data = TrainingData(
            rowCount: 0,
            columnCount: 0,
            features: .sparse(offsets: [], columns: [], values: []),
            labels: []
        )
        var offsets: [UInt64] = [0]
        var columns: [UInt32] = []
        var values: [Float] = []
        var queries: [UInt64] = []
        var highest: UInt32?
        let parser = LibsvmParser(isAssumed: channel.contentType?.trimmed.isEmpty ?? true)
        try BlockReader(threads: threads).read(channel, parse: parser.parse) { block throws(LearningError) in
            let start = UInt64(values.count)
            offsets += block.ends.map { start + UInt64($0) }
            columns += block.columns
            values += block.values
            queries += block.queries
            if let last = block.columns.max() { highest = max(highest ?? 0, last) }
            // If only some rows have a weight, the others have weight 1.
            if !block.weights.isEmpty || !data.weights.isEmpty {
                if data.weights.isEmpty { data.weights = [Float](repeating: 1, count: data.rowCount) }
                data.weights += block.weights.isEmpty ? [Float](repeating: 1, count: block.rowCount) : block.weights
            }
            data.rowCount += block.rowCount
            data.labels += block.labels
        }
        guard data.rowCount > 0 else { throw .client("No data in channel '\(channel.name)': its files are empty.") }
        data.columnCount = highest.map { Int($0) + 1 } ?? 1
        data.features = .sparse(offsets: offsets, columns: columns, values: values)
        if !queries.isEmpty {
            guard queries.count == data.rowCount else {
                throw .client("Some rows of channel '\(channel.name)' have a qid and others do not.")
            }
            data.groups = Self.groups(of: queries)
        }
        return data
    }

    /// Returns the lengths of the runs of rows with the same query.
    static func groups(of queries: [UInt64]) -> [UInt32] {
        var groups: [UInt32] = []
        var previous: UInt64?
        for query in queries {
            if query == previous { groups[groups.count - 1] += 1 } else { groups.append(1) }
            previous = query
        }
        return groups
    }
}

/// Parses lines of libsvm text.
struct LibsvmParser: Sendable {
    /// Greater columns are refused: they are more likely a mistake than data.
    private static let highestColumn = 100_000_000
    private let reader = NumberReader()
    /// Whether libsvm is only assumed because the channel has no content type.
    var isAssumed = false

    func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> RowBlock {
        var block = RowBlock()
        guard var p = bytes.baseAddress else { return block }
        let end = p + bytes.count
        while p < end {
            block.lineCount += 1
            var lineEnd = p
            while lineEnd < end, lineEnd.pointee != 0x0A { lineEnd += 1 }
            var textEnd = p
            while textEnd < lineEnd, textEnd.pointee != UInt8(ascii: "#") { textEnd += 1 }
            if let text = row(p, textEnd, into: &block) {
                let csv = textOfCSV(p, textEnd)
                block.problem = .init(line: block.lineCount, column: nil, text: csv ?? text, isText: csv == nil)
                break
            }
            p = lineEnd < end ? lineEnd + 1 : lineEnd
        }
        return block
    }

    /// Returns the message for a line whose first word contains a comma, which is not possible in libsvm.
    private func textOfCSV(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> String? {
        let line = UnsafeBufferPointer(start: start, count: end - start)
        guard line.drop(while: Self.isSpace).prefix(while: { !Self.isSpace($0) }).contains(UInt8(ascii: ",")) else {
            return nil
        }
        return isAssumed
            ? "the channel has no ContentType and was read as libsvm, but this looks like CSV. Set the channel's "
                + "ContentType to text/csv."
            : "the channel's ContentType is libsvm, but this looks like CSV. Set the ContentType to text/csv."
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// Reads one line. Returns the message if the line is not valid.
    private func row(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        into block: inout RowBlock
    ) -> String? {
        var p = start
        func skipSpaces() { while p < end, Self.isSpace(p.pointee) { p += 1 } }
        func word() -> String {
            var q = p
            while q < end, !Self.isSpace(q.pointee), q - p < 40 { q += 1 }
            return String(decoding: UnsafeBufferPointer(start: p, count: q - p), as: UTF8.self)
        }
        skipSpaces()
        guard p < end else { return nil }
        let first = word()
        guard let label = reader.readFloat(&p, end) else { return "the label '\(first)' is not a number." }
        guard label.isFinite else { return "the label '\(first)' is not finite." }
        if p < end, p.pointee == UInt8(ascii: ":") {
            p += 1
            guard let weight = reader.readFloat(&p, end), weight >= 0, weight.isFinite else {
                return "the weight in '\(first)' must be a number that is 0 or greater."
            }
            if block.weights.isEmpty { block.weights = [Float](repeating: 1, count: block.rowCount) }
            block.weights.append(weight)
        } else if !block.weights.isEmpty {
            block.weights.append(1)
        }
        guard p == end || Self.isSpace(p.pointee) else { return "the label '\(first)' is not a number." }
        block.labels.append(label)
        while true {
            skipSpaces()
            guard p < end else { break }
            let text = word()
            if text.hasPrefix("qid:") {
                guard let query = UInt64(text.dropFirst(4)) else { return "'\(text)' is not a valid query ID." }
                block.queries.append(query)
                p += text.utf8.count
                continue
            }
            var column = 0
            let firstDigit = p
            while p < end, p.pointee &- 0x30 < 10, column <= Self.highestColumn {
                column = column * 10 + Int(p.pointee &- 0x30)
                p += 1
            }
            guard p > firstDigit, p < end, p.pointee == UInt8(ascii: ":") else {
                return column > Self.highestColumn
                    ? "the column in '\(text)' is greater than \(Self.highestColumn)."
                    : "'\(text)' is not of the form COLUMN:VALUE. Check the channel's ContentType."
            }
            p += 1
            guard let value = reader.readFloat(&p, end), p == end || Self.isSpace(p.pointee) else {
                return "the value in '\(text)' is not a number."
            }
            guard !value.isInfinite else { return "the value in '\(text)' is infinite or too large for FP32." }
            block.columns.append(UInt32(column))
            block.values.append(value)
        }
        block.rowCount += 1
        block.ends.append(block.values.count)
        return nil
    }
}
