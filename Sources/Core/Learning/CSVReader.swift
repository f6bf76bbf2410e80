import Foundation
import Tables

/// Reads CSV files without a header: the label if there is one, then the weight if there is one, then the features. An
/// empty field and `nan` are missing values.
struct CSVReader: Sendable {
    let labelSize: Int
    let hasWeights: Bool
    let threads: Int

    /// The number of columns before the features.
    private var leading: Int { labelSize + (hasWeights ? 1 : 0) }

    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        let (separator, width) = try firstRow(of: channel)
        guard width > leading else {
            throw .client(
                "\(channel.files.first?.name ?? channel.name), line 1: a row has \(width) "
                    + "column\(width == 1 ? "" : "s"), but it must have "
                    + [labelSize == 1 ? "the label" : nil, hasWeights ? "the weight" : nil].compactMap { $0 }
                    .joined(separator: ", ") + " and at least one feature."
            )
        }
        let format = CSVFormat.file(separator: separator, width: width)
        let size = channel.files.reduce(0) { $0 + Self.size(of: $1.path) }
        let values = FloatBuffer(capacity: size / 8)
        var data = TrainingData(rowCount: 0, columnCount: width - leading, features: .dense(values), labels: [])
        let reader = BlockReader(threads: threads) { describe($0) }
        try reader.read(channel, parse: { block($0, format) }) { block throws(LearningError) in
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

    /// Returns the separator and the number of columns of the first line that is not blank.
    private func firstRow(of channel: LearningFolder.Channel) throws(LearningError) -> (UInt8, Int) {
        for (path, _) in channel.files {
            guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else { continue }
            let row = data.withUnsafeBytes { bytes -> (UInt8, Int)? in
                CSVFormat.firstLine(of: bytes).map { line in
                    let separator = CSVFormat.separator(of: line)
                    return (separator, line.count { $0 == separator } + 1)
                }
            }
            if let row { return row }
        }
        throw .client("No data in channel '\(channel.name)': its files are empty.")
    }

    // MARK: Rows

    private func block(_ bytes: UnsafeBufferPointer<UInt8>, _ format: CSVFormat) -> RowBlock {
        var block = RowBlock()
        guard var cursor = CSVCursor(bytes, format) else { return block }
        let features = format.width - leading
        // Each field takes at least one byte, its separator.
        let most = (bytes.count / format.width + 1) * features + leading
        let values = [Float](unsafeUninitializedCapacity: most) { values, count in
            guard let base = values.baseAddress else { return }
            while count + format.width <= most, addRow(of: &cursor, to: &block, at: base + count) { count += features }
        }
        block.values = values
        block.lineCount = cursor.lineCount
        return block
    }

    /// Reads a row to `row`, and takes its label and weight off.
    ///
    /// - Returns: `false` if there are no more rows, or there is a problem.
    private func addRow(
        of cursor: inout CSVCursor,
        to block: inout RowBlock,
        at row: UnsafeMutablePointer<Float>
    ) -> Bool {
        var problem: RowProblem?
        do throws(RowProblem) {
            guard try cursor.next(into: row) else { return false }
        } catch {
            problem = error
        }
        for column in 0..<min(leading, cursor.column) {
            // Neither may be missing, and weights may not be negative.
            guard column < labelSize ? !row[column].isNaN : row[column] >= 0 else {
                let line = cursor.lineCount
                problem = RowProblem(row: block.rowCount + 1, line: line, column: column + 1, .invalidValue)
                break
            }
        }
        guard problem == nil else {
            block.problem = problem
            return false
        }
        if labelSize == 1 { block.labels.append(row[0]) }
        if hasWeights { block.weights.append(row[labelSize]) }
        if leading > 0 { row.update(from: row + leading, count: cursor.column - leading) }
        block.rowCount += 1
        return true
    }

    private func describe(_ problem: RowProblem) -> String {
        switch problem.reason {
        case .notANumber(let text): "'\(text.trimmed)' is not a number."
        case .infinite: "the number is infinite or too large for FP32."
        case .invalidValue:
            problem.column ?? 0 <= labelSize ? "the label is missing." : "the weight is missing or negative."
        case .width(let found, let expected):
            "the row has \(found) column\(found == 1 ? "" : "s"), but the first row has \(expected)."
        default: "the line cannot be read."
        }
    }
}
