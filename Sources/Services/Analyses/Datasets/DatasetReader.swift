import Buckets
import Definitions
import Foundation
import Tables
import Tensors

/// A row with the ID under which its label may be found.
struct AnalyzedRow {
    var pair: DataBody.Pair
    /// `nil` if the row was not captured.
    var labelID: String?
    /// The position of the row in the invocation's rows, and their number.
    var index = 0
    var count = 1
}

/// Reads the rows of objects, one after the other. Blocks.
struct DatasetReader {
    let buckets: BucketService
    var bucket: String
    let format: DatasetFormat
    /// The path of names to the part of captured JSON inputs that is read.
    var featuresPath: [String] = []
    /// The time of the captured invocations that count, without its end; `nil` for any.
    var start: Date?
    var end: Date?
    /// Throws if the analysis must end.
    let checkpoint: () throws -> Void

    init(buckets: BucketService, bucket: String, format: DatasetFormat, checkpoint: @escaping () throws -> Void) {
        self.buckets = buckets
        self.bucket = bucket
        self.format = format
        self.checkpoint = checkpoint
    }

    /// How many rows are read between two checkpoints.
    private static let checkpointInterval = 1000

    /// Calls `take` with each row. Objects that are gone meanwhile have none.
    ///
    /// - Throws: ``RoostError`` that names the object and the line that cannot be read.
    func forEachRow(of objects: [ObjectRecord], _ take: (AnalyzedRow) throws -> Void) throws {
        var count = 0
        func counted(_ row: AnalyzedRow) throws {
            count += 1
            if count.isMultiple(of: Self.checkpointInterval) { try checkpoint() }
            try take(row)
        }
        for object in objects where object.byteCount > 0 {
            try checkpoint()
            guard let data = try buckets.mappedBytes(of: object) else { continue }
            try data.withUnsafeBytes { bytes in
                switch format {
                case .csv(let hasHeader): try readCSV(bytes, hasHeader, of: object, counted)
                case .json(let isByLine): try readJSON(bytes, isByLine, of: object, counted)
                case .captures: try readCaptures(bytes, of: object, counted)
                }
            }
        }
    }

    private func problem(_ object: ObjectRecord, _ text: String) -> RoostError {
        RoostError(.invalidInput, "s3://\(bucket)/\(object.key): \(text).")
    }

    // MARK: CSV

    private func readCSV(
        _ bytes: UnsafeRawBufferPointer,
        _ hasHeader: Bool,
        of object: ObjectRecord,
        _ take: (AnalyzedRow) throws -> Void
    ) throws {
        var records = CSVRecords(bytes)
        var fields: [String?] = []
        var header: [String]?
        var width: Int?
        while try next(&records, into: &fields, of: object) {
            if hasHeader, header == nil {
                let names = fields.enumerated().map { index, name in
                    name?.trimmingCharacters(in: .whitespaces) ?? "_c\(index)"
                }
                guard Set(names).count == names.count else {
                    throw problem(object, "two columns of the header have the same name")
                }
                header = names
                width = names.count
                continue
            }
            let expected = width ?? fields.count
            width = expected
            guard fields.count == expected else {
                throw problem(
                    object,
                    "line \(records.line) has \(fields.count) fields, but the \(hasHeader ? "header" : "first line") has \(expected)"
                )
            }
            let row =
                header.map { DataRow(named: zip($0, fields).map(DataRow.Field.init)) } ?? DataRow(unnamed: fields)
            try take(AnalyzedRow(pair: .init(output: row, input: DataRow())))
        }
    }

    private func next(_ records: inout CSVRecords, into fields: inout [String?], of object: ObjectRecord) throws -> Bool
    {
        do throws(CSVProblem) {
            return try records.next(into: &fields)
        } catch {
            throw problem(object, "line \(error.line) \(error)")
        }
    }

    // MARK: JSON

    private func readJSON(
        _ bytes: UnsafeRawBufferPointer,
        _ isByLine: Bool,
        of object: ObjectRecord,
        _ take: (AnalyzedRow) throws -> Void
    ) throws {
        func taken(_ row: DataRow) throws { try take(AnalyzedRow(pair: .init(output: row, input: DataRow()))) }
        guard isByLine else {
            do {
                return try JSONTable().forEachRow(bytes, taken)
            } catch let error as JSONError {
                throw problem(object, "\(error)")
            }
        }
        try forEachLine(bytes, of: object) { line in try JSONTable().forEachRow(line, taken) }
    }

    private func forEachLine(
        _ bytes: UnsafeRawBufferPointer,
        of object: ObjectRecord,
        _ read: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var number = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            number += 1
            start = end + 1
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            do {
                try read(line)
            } catch let error as JSONError {
                throw problem(object, "line \(number): \(error)")
            } catch let error as CapturedInvocation.Part.Problem {
                throw problem(object, "line \(number): \(error.text)")
            }
        }
    }

    // MARK: Captures

    private func readCaptures(
        _ bytes: UnsafeRawBufferPointer,
        of object: ObjectRecord,
        _ take: (AnalyzedRow) throws -> Void
    ) throws {
        try forEachLine(bytes, of: object) { line in
            let invocation = try CapturedInvocation(line: line)
            if let start, invocation.time ?? .distantPast < start { return }
            if let end, invocation.time ?? .distantFuture >= end { return }
            let output = try Self.body(invocation.output, "response", path: [])
            let input = try Self.body(invocation.input, "request", path: featuresPath)
            guard let pairs = DataBody.pairs(output: output, input: input) else {
                throw CapturedInvocation.Part.Problem(
                    text: "the request and the response have different numbers of rows"
                )
            }
            for (index, pair) in pairs.enumerated() {
                try take(AnalyzedRow(pair: pair, labelID: invocation.labelID, index: index, count: pairs.count))
            }
        }
    }

    private static func body(
        _ part: CapturedInvocation.Part?,
        _ name: String,
        path: [String]
    ) throws(CapturedInvocation.Part.Problem) -> DataBody? {
        do {
            return try part?.body(path: path)
        } catch {
            throw CapturedInvocation.Part.Problem(text: "the \(name) \(error.text)")
        }
    }

    // MARK: Ground truth

    /// Reads labels.
    ///
    /// - Throws: ``RoostError`` that names the object and the line that cannot be read.
    func groundTruth(of objects: [ObjectRecord]) throws -> GroundTruthTable {
        var table = GroundTruthTable()
        for object in objects where object.byteCount > 0 {
            try checkpoint()
            guard let data = try buckets.mappedBytes(of: object) else { continue }
            try data.withUnsafeBytes { bytes in
                try forEachLine(bytes, of: object) { try table.add(line: $0) }
            }
        }
        return table
    }
}
