import Foundation
import Tensors

/// Reads CSV files without a header: the label if there is one, then the weight if there is one, then the features. An
/// empty field and `nan` are missing values.
struct CSVReader: Sendable {
    let labelSize: Int
    let hasWeights: Bool
    let threads: Int

    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        let (delimiter, width) = try firstRow(of: channel)
        let leading = labelSize + (hasWeights ? 1 : 0)
        guard width > leading else {
            throw .client(
                "\(channel.files.first?.name ?? channel.name), line 1: a row has \(width) "
                    + "column\(width == 1 ? "" : "s"), but it must have "
                    + [labelSize == 1 ? "the label" : nil, hasWeights ? "the weight" : nil].compactMap { $0 }
                    .joined(separator: ", ") + " and at least one feature."
            )
        }
        let parser = CSVParser(delimiter: delimiter, width: width, labelSize: labelSize, hasWeights: hasWeights)
        let size = channel.files.reduce(0) { $0 + Self.size(of: $1.path) }
        let values = FloatBuffer(capacity: size / 8)
        var data = TrainingData(rowCount: 0, columnCount: width - leading, features: .dense(values), labels: [])
        try BlockReader(threads: threads).read(channel, parse: parser.parse) { block throws(LearningError) in
            data.rowCount += block.rowCount
            data.labels += block.labels
            data.weights += block.weights
            values.append(block.values)
        }
        return data
    }

    private static func size(of path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? 0
    }

    /// Returns the delimiter and the number of columns of the first line that is not blank.
    private func firstRow(of channel: LearningFolder.Channel) throws(LearningError) -> (UInt8, Int) {
        for (path, _) in channel.files {
            guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else { continue }
            let lines = data.prefix(64 << 20).split(separator: UInt8(ascii: "\n"), maxSplits: 100)
            guard let line = lines.first(where: { $0.contains { $0 > 0x20 } }) else { continue }
            let delimiter = [",", "\t", ";", "|"].map { $0.utf8.first ?? 0 }.first { line.contains($0) }
            let count = line.count { $0 == delimiter ?? UInt8(ascii: ",") } + 1
            return (delimiter ?? UInt8(ascii: ","), count)
        }
        throw .client("No data in channel '\(channel.name)': its files are empty.")
    }
}

/// Parses lines of CSV text.
struct CSVParser: Sendable {
    let delimiter: UInt8
    /// Columns per row.
    let width: Int
    let labelSize: Int
    let hasWeights: Bool

    private let reader = NumberReader()

    init(delimiter: UInt8, width: Int, labelSize: Int, hasWeights: Bool) {
        self.delimiter = delimiter
        self.width = width
        self.labelSize = labelSize
        self.hasWeights = hasWeights
    }

    func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> RowBlock {
        var block = RowBlock()
        guard let start = bytes.baseAddress else { return block }
        let end = start + bytes.count
        var p = start
        var problem: RowBlock.Problem?
        var labels: [Float] = []
        var weights: [Float] = []
        var lines = 0
        var rows = 0
        let features = width - labelSize - (hasWeights ? 1 : 0)
        // Each column takes at least one byte, its separator.
        let most = (bytes.count / max(width, 1) + 1) * features
        block.values = [Float](unsafeUninitializedCapacity: most) { values, count in
            guard let base = values.baseAddress else { return }
            while p < end, problem == nil {
                lines += 1
                if skipBlank(&p, end) { continue }
                guard (rows + 1) * features <= most else { break }
                let lineStart = p
                problem = row(
                    &p,
                    end,
                    line: lines,
                    into: base + rows * features,
                    &labels,
                    &weights
                )
                if problem != nil {
                    problem = explained(problem, lineStart, end)
                    break
                }
                rows += 1
            }
            count = rows * features
        }
        block.rowCount = rows
        block.lineCount = lines
        block.labels = labels
        block.weights = weights
        block.problem = problem
        return block
    }

    /// Skips a line that contains only spaces.
    private func skipBlank(_ p: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        var q = p
        while q < end, q.pointee == 0x20 || q.pointee == 0x0D { q += 1 }
        guard q == end || q.pointee == 0x0A else { return false }
        p = q == end ? q : q + 1
        return true
    }

    @inline(__always)
    private func skipSpaces(_ p: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        while p < end, p.pointee == 0x20 { p += 1 }
    }

    @inline(__always)
    private func isEndOfField(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        p == end || p.pointee == delimiter || p.pointee == 0x0A || p.pointee == 0x0D
    }

    /// Reads one line including its end, and stores its features at `features`.
    private func row(
        _ p: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        line: Int,
        into features: UnsafeMutablePointer<Float>,
        _ labels: inout [Float],
        _ weights: inout [Float]
    ) -> RowBlock.Problem? {
        let leading = labelSize + (hasWeights ? 1 : 0)
        var column = 0
        while true {
            skipSpaces(&p, end)
            var value = Float.nan
            if !isEndOfField(p, end) {
                let isQuoted = p.pointee == UInt8(ascii: "\"")
                if isQuoted { p += 1 }
                let isEmpty = isQuoted && p < end && p.pointee == UInt8(ascii: "\"")
                if !isEmpty {
                    guard let number = reader.readFloat(&p, end) else {
                        return .init(line: line, column: column + 1, text: "")
                    }
                    value = number
                }
                if isQuoted {
                    guard p < end, p.pointee == UInt8(ascii: "\"") else {
                        return .init(line: line, column: column + 1, text: "")
                    }
                    p += 1
                }
                skipSpaces(&p, end)
                guard isEndOfField(p, end) else { return .init(line: line, column: column + 1, text: "") }
                if value.isInfinite {
                    return .init(line: line, column: column + 1, text: "the number is infinite or too large for FP32.")
                }
            }
            if column >= leading {
                if column < width { features[column - leading] = value }
            } else if column < labelSize {
                if value.isNaN { return .init(line: line, column: column + 1, text: "the label is missing.") }
                labels.append(value)
            } else {
                guard value >= 0 else {
                    return .init(line: line, column: column + 1, text: "the weight is missing or negative.")
                }
                weights.append(value)
            }
            column += 1
            guard p < end else { break }
            let separator = p.pointee
            p += 1
            if separator == delimiter { continue }
            if separator == 0x0D, p < end, p.pointee == 0x0A { p += 1 }
            break
        }
        guard column == width else {
            return .init(
                line: line,
                column: nil,
                text: "the row has \(column) column\(column == 1 ? "" : "s"), but the first row has \(width)."
            )
        }
        return nil
    }

    /// Adds the message to the problem of a field that is not a number.
    private func explained(
        _ problem: RowBlock.Problem?,
        _ lineStart: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> RowBlock.Problem? {
        guard let problem, problem.text.isEmpty, let column = problem.column else { return problem }
        let line = UnsafeBufferPointer(start: lineStart, count: min(end - lineStart, 1 << 20))
            .prefix { $0 != 0x0A && $0 != 0x0D }
        let fields = line.split(separator: delimiter, omittingEmptySubsequences: false)
        let field = fields.indices.contains(column - 1) ? Array(fields[column - 1].prefix(40)) : []
        let text = String(decoding: field, as: UTF8.self).trimmed
        return .init(line: problem.line, column: column, text: "'\(text)' is not a number.", isText: true)
    }
}
