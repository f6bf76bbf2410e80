import Foundation
import Tensors

/// Reads the files of a channel, csv or libsvm, into one set of rows.
struct DataReader {
    private let channel: String
    private let type: ContentType
    /// A csv row has its weight after the label.
    private let hasWeights: Bool
    private let numbers = NumberReader()

    private var width = 0
    private var rowCount = 0
    private var dense: [Float] = []
    private var rowStarts: [UInt64] = [0]
    private var columns: [UInt32] = []
    private var values: [Float] = []
    private var labels: [Float] = []
    private var weights: [Float] = []

    private init(channel: String, type: ContentType, hasWeights: Bool) {
        self.channel = channel
        self.type = type
        self.hasWeights = hasWeights
    }

    /// Reads every file below `folder`, in the order of their names.
    static func read(
        _ folder: String,
        channel: String,
        type: ContentType,
        hasWeights: Bool = false
    ) throws -> TrainingData {
        var reader = DataReader(channel: channel, type: type, hasWeights: hasWeights)
        for name in try files(in: folder) {
            let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"), options: .alwaysMapped)
            let place = "\(channel)/\(name)"
            guard !data.starts(with: [0x1F, 0x8B]) else {
                throw LearningError.client("\(place) is a gzip file; give the channel CompressionType Gzip.")
            }
            try data.withUnsafeBytes { try reader.read($0, place) }
        }
        guard reader.rowCount > 0 else {
            throw LearningError.client("channel '\(channel)' has no rows.")
        }
        return reader.data
    }

    /// The files below a folder, by their path in it. Hidden files are none, as S3 tools leave some.
    private static func files(in folder: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            return exists && !isFolder.boolValue && !(name as NSString).lastPathComponent.hasPrefix(".")
        }.sorted()
    }

    private var data: TrainingData {
        let isDense = type.format == .csv
        return TrainingData(
            features: isDense ? .dense(dense) : .sparse(rowStarts: rowStarts, columns: columns, values: values),
            columnCount: isDense ? width - type.labelCount - (hasWeights ? 1 : 0) : width,
            rowCount: rowCount,
            labels: labels,
            weights: weights
        )
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer, _ place: String) throws {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let end = base + bytes.count
        var line = 1
        var p = base
        while p < end {
            let start = p
            if p.pointee == 0x0A || (p.pointee == 0x0D && (p + 1 == end || p[1] == 0x0A)) {
                p += p.pointee == 0x0A ? 1 : min(2, end - p)
                line += 1
                continue
            }
            do {
                switch type.format {
                case .csv: try readCSVRow(&p, end)
                case .libsvm: try readLibSVMRow(&p, end)
                }
            } catch let error as BadField {
                throw LearningError.client(explain(error, line: start, end, number: line, place))
            }
            rowCount += 1
            line += 1
        }
    }

    // MARK: csv

    /// What is wrong with a field.
    private enum BadField: Error {
        case notANumber(column: Int, text: String)
        case ragged(found: Int)
        case noFeatures
        case badLabel(String)
        case badEntry(String)
        case badWeight(String)
    }

    private mutating func readCSVRow(_ p: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) throws {
        var column = 0
        let labelCount = type.labelCount
        let firstFeature = labelCount + (hasWeights ? 1 : 0)
        var atEnd = false
        while !atEnd {
            let field = p
            skipBlanks(&p, end)
            let isQuoted = p < end && p.pointee == UInt8(ascii: "\"")
            if isQuoted { p += 1 }
            let value = numbers.readFloat(&p, end)
            if isQuoted, p < end, p.pointee == UInt8(ascii: "\"") { p += 1 }
            skipBlanks(&p, end)
            if p == end || p.pointee == 0x0A {
                atEnd = true
            } else if p.pointee == 0x0D, p + 1 == end || p[1] == 0x0A {
                atEnd = true
                p += 1
            } else if p.pointee != UInt8(ascii: ",") {
                throw BadField.notANumber(column: column, text: Self.text(of: field, end))
            }
            if p < end { p += 1 }
            if column >= firstFeature {
                // A field that is left out is a missing value.
                dense.append(value ?? .nan)
            } else if column < labelCount {
                guard let value, value.isFinite else { throw BadField.badLabel(Self.text(of: field, end)) }
                labels.append(value)
            } else {
                guard let value, value.isFinite, value >= 0 else { throw BadField.badWeight(Self.text(of: field, end)) }
                weights.append(value)
            }
            column += 1
        }
        if width == 0 {
            guard column > firstFeature else { throw BadField.noFeatures }
            width = column
        }
        guard column == width else { throw BadField.ragged(found: column) }
    }

    private func skipBlanks(_ p: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        while p < end, p.pointee == 0x20 || p.pointee == 0x09 { p += 1 }
    }

    // MARK: libsvm

    /// `LABEL[:WEIGHT] [qid:N] INDEX:VALUE …`, and a comment after `#`.
    private mutating func readLibSVMRow(
        _ p: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) throws {
        skipBlanks(&p, end)
        let first = p
        guard let label = numbers.readFloat(&p, end), label.isFinite else {
            throw BadField.badLabel(Self.word(at: first, end))
        }
        labels.append(label)
        if p < end, p.pointee == UInt8(ascii: ":") {
            p += 1
            let start = p
            guard let weight = numbers.readFloat(&p, end), weight.isFinite, weight >= 0 else {
                throw BadField.badWeight(Self.word(at: start, end))
            }
            weights.append(weight)
        }
        while true {
            skipBlanks(&p, end)
            if p == end { break }
            if p.pointee == 0x0D { p += 1 }
            if p == end { break }
            if p.pointee == 0x0A {
                p += 1
                break
            }
            if p.pointee == UInt8(ascii: "#") {
                while p < end, p.pointee != 0x0A { p += 1 }
                continue
            }
            let entry = p
            var index: UInt64 = 0
            while p < end, p.pointee &- 0x30 < 10, index < 1 << 32 {
                index = index * 10 + UInt64(p.pointee &- 0x30)
                p += 1
            }
            guard p > entry, index < 1 << 31, p < end, p.pointee == UInt8(ascii: ":") else {
                throw BadField.badEntry(Self.word(at: entry, end))
            }
            p += 1
            guard let value = numbers.readFloat(&p, end), p == end || p.pointee <= 0x20 else {
                throw BadField.badEntry(Self.word(at: entry, end))
            }
            columns.append(UInt32(index))
            values.append(value)
            width = max(width, Int(index) + 1)
        }
        rowStarts.append(UInt64(columns.count))
        if !weights.isEmpty, weights.count != labels.count { throw BadField.badWeight("") }
    }

    // MARK: Messages

    private func explain(
        _ error: BadField,
        line start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        number: Int,
        _ place: String
    ) -> String {
        let at = "\(place), line \(number): "
        if number == 1, type.format == .csv, isHeader(start, end) {
            return at + "this looks like a header; a csv file for training has none."
        }
        switch error {
        case .notANumber(let column, let text): return at + "column \(column + 1) is no number: '\(text)'."
        case .ragged(let found):
            return at + "it has \(found) columns, but the rows before have \(width)."
        case .noFeatures:
            return at + "it has no feature; a row is the label and then the features, with commas between."
        case .badLabel(let text): return at + "the label, which comes first, is no finite number: '\(text)'."
        case .badWeight(let text):
            return text.isEmpty
                ? at + "it has no weight, but the rows before have one."
                : at + "the weight is no finite number of 0 or more: '\(text)'."
        case .badEntry(let text): return at + "'\(text)' is not INDEX:VALUE."
        }
    }

    /// Whether no field of the line is a number.
    private func isHeader(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        var p = start
        while p < end, p.pointee != 0x0A { p += 1 }
        let line = String(decoding: UnsafeBufferPointer(start: start, count: p - start), as: UTF8.self)
        return line.split(separator: ",").allSatisfy {
            Float($0.trimmingCharacters(in: .whitespacesAndNewlines)) == nil
        }
    }

    private static func text(of field: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> String {
        text(field, end) { $0 == UInt8(ascii: ",") || $0 == 0x0A || $0 == 0x0D }
    }

    private static func word(at field: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> String {
        text(field, end) { $0 <= 0x20 }
    }

    private static func text(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        until isEnd: (UInt8) -> Bool
    ) -> String {
        var p = start
        while p < end, p - start < 40, !isEnd(p.pointee) { p += 1 }
        return String(decoding: UnsafeBufferPointer(start: start, count: p - start), as: UTF8.self)
    }
}
