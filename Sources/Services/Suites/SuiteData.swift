import Buckets
import Definitions
import Foundation
import Pipelines
import Tables
import Tensors

/// Rows of a data set, ready for a model.
struct SuiteBatch {
    let inputs: [Tensor]
    /// The label of each row as text.
    let labels: [String]
}

/// A labeled data set in a bucket: CSV with the label first, or JSON Lines with `inputs` and `label`.
struct SuiteData: Sendable {
    /// The most rows of CSV that the model gets at once.
    private static let batchRows = 256
    /// The largest object, and the most of a data set.
    private static let byteLimit = 4 << 30
    private static let objectLimit = 1000

    let uri: String
    private let bucket: String
    private let objects: [ObjectRecord]
    private let buckets: BucketService
    private let specs: [TensorSpec]
    private let field: String

    /// - Parameters:
    ///   - specs: The inputs that the rows are read as.
    ///   - field: The field of the suite that names the data set.
    /// - Throws: ``RoostError`` if there is no such object.
    init(_ uri: String, as specs: [TensorSpec], in buckets: BucketService, field: String) async throws {
        let parsed = try ObjectURI(uri, field: field)
        let exact = try await buckets.object(at: parsed)
        let found = if let exact { [exact] } else { try await buckets.objects(under: parsed) }
        let objects = found.filter { $0.byteCount > 0 && !$0.key.hasSuffix("/") }
        guard !objects.isEmpty else {
            throw RoostError(.notFound, "There is no data at '\(parsed)'.", field: field)
        }
        guard objects.count <= Self.objectLimit, objects.allSatisfy({ $0.byteCount <= Self.byteLimit }) else {
            throw RoostError(
                .tooLarge,
                "A data set can have \(Self.objectLimit) objects of up to 4 GiB each.",
                field: field
            )
        }
        self.uri = uri
        bucket = parsed.bucket
        self.objects = objects
        self.buckets = buckets
        self.specs = specs
        self.field = field
    }

    /// Calls `take` with the rows, in order. Blocks.
    ///
    /// - Parameter limit: How many rows are read at most.
    /// - Throws: ``RoostError`` that names the object and the line that cannot be read.
    func forEachBatch(upTo limit: Int, _ watch: SuiteWatch?, _ take: (SuiteBatch) throws -> Void) throws {
        var left = limit
        for object in objects where left > 0 {
            try watch?.check()
            guard let data = try buckets.mappedBytes(of: object) else {
                throw problem(object, nil, "the object was replaced while it was read")
            }
            let isJSON = [".json", ".jsonl", ".ndjson"].contains(where: object.key.hasSuffix)
            try data.withUnsafeBytes { bytes in
                if isJSON {
                    try readLines(bytes, of: object, &left, watch, take)
                } else {
                    try readCSV(bytes, of: object, &left, watch, take)
                }
            }
        }
    }

    private func problem(_ object: ObjectRecord, _ line: Int?, _ text: String) -> RoostError {
        let place = "'s3://\(bucket)/\(object.key)'\(line.map { ", line \($0)" } ?? "")"
        return RoostError(.invalidInput, "\(place): \(text).", field: field)
    }

    // MARK: CSV

    private func readCSV(
        _ bytes: UnsafeRawBufferPointer,
        of object: ObjectRecord,
        _ left: inout Int,
        _ watch: SuiteWatch?,
        _ take: (SuiteBatch) throws -> Void
    ) throws {
        var records = CSVRecords(bytes)
        var fields: [String?] = []
        func next() throws -> Bool {
            do throws(CSVProblem) {
                return try records.next(into: &fields)
            } catch {
                throw problem(object, error.line, "the record \(error)")
            }
        }
        guard try next() else { return }
        var builder: BatchBuilder
        do throws(RoostError) {
            builder = try BatchBuilder(specs, fieldCount: fields.count)
        } catch {
            throw problem(object, records.line, error.message)
        }
        var hasRow = true
        if builder.isHeader(fields) {
            builder.order(by: fields)
            hasRow = try next()
        }
        while hasRow, left > 0 {
            do throws(RoostError) {
                try builder.add(fields)
            } catch {
                throw problem(object, records.line, error.message)
            }
            left -= 1
            if builder.count >= (builder.takesBatches ? Self.batchRows : 1) {
                try watch?.check()
                try take(builder.finish())
            }
            hasRow = try next()
        }
        if builder.count > 0 { try take(builder.finish()) }
    }

    // MARK: JSON Lines

    private func readLines(
        _ bytes: UnsafeRawBufferPointer,
        of object: ObjectRecord,
        _ left: inout Int,
        _ watch: SuiteWatch?,
        _ take: (SuiteBatch) throws -> Void
    ) throws {
        var (number, start) = (0, 0)
        while start < bytes.count, left > 0 {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            number += 1
            start = end + 1
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            try watch?.check()
            let batch: SuiteBatch
            do {
                batch = try self.batch(line)
            } catch let error as JSONError {
                throw problem(object, number, "\(error)")
            } catch let error as RoostError {
                throw problem(
                    object,
                    number,
                    error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
                )
            }
            left -= batch.labels.count
            try take(batch)
        }
    }

    private func batch(_ line: UnsafeRawBufferPointer) throws -> SuiteBatch {
        var cursor = try JSONCursor(line)
        try cursor.expect(UInt8(ascii: "{"), "an object with 'inputs' and 'label'")
        var first = true
        var name = ""
        var inputs: [Tensor]?
        var labels: [String]?
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "inputs":
                let value = try cursor.rawValue()
                inputs = try NamedInputs(json: value, inputs: specs, keys: []).inputs
            case "label", "labels": labels = try Self.labels(&cursor)
            default: try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        guard let inputs else { throw RoostError(.invalidInput, "there is no 'inputs'") }
        guard let labels, !labels.isEmpty else { throw RoostError(.invalidInput, "there is no 'label'") }
        let rows = inputs.first?.rowCount ?? 1
        guard rows == labels.count else {
            throw RoostError(.invalidInput, "there are \(rows) rows and \(labels.count) labels")
        }
        return SuiteBatch(inputs: inputs, labels: labels)
    }

    private static func labels(_ cursor: inout JSONCursor) throws(JSONError) -> [String] {
        guard cursor.peek() == UInt8(ascii: "[") else { return [try cursor.readScalarText()].compactMap(\.self) }
        try cursor.expect(UInt8(ascii: "["), "'['")
        var labels: [String] = []
        var first = true
        while try cursor.nextElement(first: &first) {
            if let label = try cursor.readScalarText() { labels.append(label) }
        }
        return labels
    }
}

/// Collects the rows of CSV as tensors.
private struct BatchBuilder {
    private struct Column {
        let spec: TensorSpec
        /// The lengths of a row.
        let lengths: [Int]
        let width: Int
        var numbers: [Double] = []
        var strings: [[UInt8]] = []
    }

    private var columns: [Column] = []
    private var labels: [String] = []
    /// The field of each feature, in the order of the signature.
    private var places: [Int]
    let takesBatches: Bool

    var count: Int { labels.count }

    /// - Parameter fieldCount: The number of fields of the first line, which decides a width that the signature leaves open.
    init(_ specs: [TensorSpec], fieldCount: Int) throws(RoostError) {
        for spec in specs {
            var lengths = Array(spec.shape.dropFirst())
            if specs.count == 1, spec.hasAnyRank || lengths.count == 1 && lengths[0] < 0 {
                lengths = [max(0, fieldCount - 1)]
            }
            guard lengths.allSatisfy({ $0 > 0 }), let width = Tensor.elementCount(of: lengths),
                [-1, 1].contains(spec.shape.first ?? 1)
            else {
                throw RoostError(
                    .invalidInput,
                    "CSV cannot hold input '\(spec.name)' of shape \(spec.shape); use JSON Lines"
                )
            }
            columns.append(Column(spec: spec, lengths: lengths, width: width))
        }
        takesBatches = specs.allSatisfy { $0.shape.first == -1 || $0.hasAnyRank }
        var total = 0
        for column in columns {
            let (sum, overflow) = total.addingReportingOverflow(column.width)
            total = overflow ? .max : sum
        }
        guard fieldCount > 0, total == fieldCount - 1 else {
            throw RoostError(
                .invalidInput,
                "there are \(fieldCount) fields, but a label and \(total) features are expected, the label first"
            )
        }
        places = Array(1..<fieldCount)
    }

    /// Whether a line names the columns: a field of a number is not one.
    func isHeader(_ fields: [String?]) -> Bool {
        var place = 1
        var hasNumbers = false
        for column in columns {
            defer { place += column.width }
            guard column.spec.dataType != .bytes else { continue }
            hasNumbers = true
            for field in fields[place...].prefix(column.width) {
                if let field, !field.isEmpty, Self.number(field) == nil { return true }
            }
        }
        return !hasNumbers && fields.first?.map { $0.lowercased() } == "label"
    }

    /// Uses the names of a header, if they are those of the signature in another order.
    mutating func order(by header: [String?]) {
        let wanted = columns.flatMap {
            $0.spec.featureNames ?? (columns.count > 1 && $0.width == 1 ? [$0.spec.name] : [])
        }
        let names = header.dropFirst().map { ($0 ?? "").trimmingCharacters(in: .whitespaces) }
        guard wanted.count == places.count, Set(wanted) == Set(names), Set(names).count == names.count else { return }
        let known = Dictionary(names.enumerated().map { ($1, $0 + 1) }) { first, _ in first }
        places = wanted.compactMap { known[$0] }
    }

    mutating func add(_ fields: [String?]) throws(RoostError) {
        guard fields.count == places.count + 1 else {
            throw RoostError(.invalidInput, "there are \(fields.count) fields, not \(places.count + 1) as before")
        }
        guard let label = fields[0]?.trimmingCharacters(in: .whitespaces), !label.isEmpty else {
            throw RoostError(.invalidInput, "there is no label")
        }
        var feature = 0
        for index in columns.indices {
            for _ in 0..<columns[index].width {
                let field = fields[places[feature]]
                feature += 1
                if columns[index].spec.dataType == .bytes {
                    columns[index].strings.append(Array((field ?? "").utf8))
                } else {
                    columns[index].numbers.append(try Self.number(field, columns[index].spec.dataType, feature))
                }
            }
        }
        labels.append(label)
    }

    private static func number(_ field: String) -> Double? {
        Double(field.trimmingCharacters(in: .whitespaces))
            ?? ["true": 1, "false": 0][field.trimmingCharacters(in: .whitespaces).lowercased()]
    }

    private static func number(_ field: String?, _ type: DataType, _ feature: Int) throws(RoostError) -> Double {
        let isReal = [.fp16, .fp32, .fp64].contains(type)
        guard let field, !field.isEmpty else {
            guard isReal else { throw RoostError(.invalidInput, "feature \(feature) is missing") }
            return .nan
        }
        guard let number = number(field), isReal || Int64(exactly: number) != nil else {
            throw RoostError(
                .invalidInput,
                "feature \(feature) is '\(field.prefix(40))', which is not a \(type.rawValue)"
            )
        }
        return number
    }

    /// Returns the rows since the last call.
    mutating func finish() throws(RoostError) -> SuiteBatch {
        var inputs: [Tensor] = []
        for index in columns.indices {
            let column = columns[index]
            let shape = column.spec.shape.isEmpty && !column.spec.hasAnyRank ? [] : [labels.count] + column.lengths
            if column.spec.dataType == .bytes {
                inputs.append(Tensor(shape: shape, strings: column.strings))
            } else {
                guard let tensor = SuiteInputs.tensor(column.spec.dataType, shape, column.numbers) else {
                    throw RoostError(.invalidInput, "A number does not fit input '\(column.spec.name)'.")
                }
                inputs.append(tensor)
            }
            columns[index].numbers.removeAll(keepingCapacity: true)
            columns[index].strings.removeAll(keepingCapacity: true)
        }
        let batch = SuiteBatch(inputs: inputs, labels: labels)
        labels.removeAll(keepingCapacity: true)
        return batch
    }
}
