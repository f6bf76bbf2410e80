import Buckets
import Catalog
import Definitions
import Foundation
import Platform
import Tables

/// One column of the files of a baseline.
struct BaselineColumn: Sendable {
    /// A name of the header or of the members of objects, or a number from 0; `nil` for the only one.
    let name: String?
    /// Whether numbers are read as strings.
    let areCategories: Bool

    private var number: Int? { name.map { Int($0) } ?? 0 }

    /// Reads all files. Blocks.
    ///
    /// - Throws: ``RoostError`` that names the object that cannot be read.
    func values(_ files: [(key: String, file: LocalObject)]) throws -> AssayValues {
        var values = AssayValues()
        for (key, file) in files {
            let data = try Data(contentsOf: URL(filePath: file.path), options: .alwaysMapped)
            do {
                if [".json", ".jsonl", ".ndjson"].contains(where: key.hasSuffix) {
                    try readLines(data, into: &values)
                } else {
                    try data.withUnsafeBytes { try readCSV($0, into: &values) }
                }
            } catch let error as RoostError {
                throw RoostError(error.code, "Object '\(key)': \(error.message)", field: error.field)
            }
        }
        return values
    }

    private func readCSV(_ bytes: UnsafeRawBufferPointer, into values: inout AssayValues) throws {
        var records = CSVRecords(bytes, isRectangular: true)
        var fields: [String?] = []
        func next() throws(RoostError) -> Bool {
            do throws(CSVProblem) {
                return try records.next(into: &fields)
            } catch {
                throw RoostError(
                    .invalidInput,
                    "The record in line \(error.line) \(error).",
                    field: "baseline"
                )
            }
        }
        guard try next() else { return }
        let place = try column(fields)
        // A header names the columns, or its field is not a number while the next one is.
        let first = fields[place]
        if number == nil {
            guard try next() else { return }
        } else if try next() {
            let isHeader =
                first.flatMap(Double.init) == nil && fields[place].flatMap(Double.init) != nil
            if !isHeader { add(first, to: &values) }
        } else {
            return add(first, to: &values)
        }
        repeat {
            add(fields[place], to: &values)
        } while try next()
    }

    private func column(_ header: [String?]) throws(RoostError) -> Int {
        if let name, number == nil {
            if let place = header.firstIndex(of: name) { return place }
            let names = header.prefix(50).map { $0 ?? "" }.joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "Unknown column '\(name.prefix(80))'. The header has: \(names.prefix(1000)).",
                field: "baseline.column"
            )
        }
        guard name != nil || header.count == 1 else {
            throw RoostError(
                .invalidInput,
                "The file has \(header.count) columns. Say which one with 'column': its name, or its number from 0.",
                field: "baseline.column"
            )
        }
        guard let number, header.indices.contains(number) else {
            throw RoostError(
                .invalidInput,
                "The file has \(header.count) columns, so it has no column \((name ?? "").prefix(40)).",
                field: "baseline.column"
            )
        }
        return number
    }

    private func readLines(_ data: Data, into values: inout AssayValues) throws(RoostError) {
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let value = try? JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed) else {
                throw RoostError(.invalidInput, "Line \(index + 1) is not valid JSON.", field: "baseline")
            }
            switch value {
            case let object as [String: Any]:
                guard let name else {
                    throw RoostError(
                        .invalidInput,
                        "The lines are objects. Say which member is the baseline with 'column'.",
                        field: "baseline.column"
                    )
                }
                try add(object[name] ?? NSNull(), line: index + 1, to: &values)
            case let list as [Any]:
                guard let number, name != nil || list.count == 1, list.indices.contains(number) else {
                    throw RoostError(
                        .invalidInput,
                        "Line \(index + 1) has \(list.count) elements, so 'column' must be a number below that.",
                        field: "baseline.column"
                    )
                }
                try add(list[number], line: index + 1, to: &values)
            default: try add(value, line: index + 1, to: &values)
            }
        }
    }

    private func add(_ value: Any, line: Int, to values: inout AssayValues) throws(RoostError) {
        switch value {
        case is NSNull: values.missing += 1
        case let number as NSNumber:
            if areCategories {
                values.add(AssayValues.text(number.doubleValue))
            } else {
                values.add(number.doubleValue)
            }
        case let text as String: values.add(text)
        default:
            throw RoostError(
                .invalidInput,
                "The value in line \(line) is neither a number nor a string.",
                field: "baseline.column"
            )
        }
    }

    private func add(_ text: String?, to values: inout AssayValues) {
        guard let text, !text.isEmpty else {
            values.missing += 1
            return
        }
        guard !areCategories else { return values.add(text) }
        switch LabelReader.value(of: text) {
        case .number(let number): values.add(number)
        case .text(let text): values.add(text)
        }
    }
}

extension Monitoring {
    /// Returns what reads the values of a baseline's files, which blocks.
    ///
    /// - Throws: ``RoostError`` if there are none.
    func columns(
        _ baseline: AssayDefinition.Baseline,
        areCategories: Bool
    ) async throws -> @Sendable () throws -> AssayValues {
        guard let uri = try await uri(of: baseline) else { return { AssayValues() } }
        let objects = try await platform.buckets.objects(under: uri).filter {
            $0.byteCount > 0 && !$0.key.hasSuffix("/")
        }
        guard !objects.isEmpty else {
            throw RoostError(.notFound, "There are no objects under '\(uri)'.", field: "baseline")
        }
        guard objects.count <= 1000, objects.allSatisfy({ $0.byteCount <= 1 << 30 }) else {
            throw RoostError(
                .tooLarge,
                "A baseline can have 1000 objects of up to 1 GiB each.",
                field: "baseline"
            )
        }
        var files: [(key: String, file: LocalObject)] = []
        for object in objects { files.append((object.key, try await platform.buckets.localCopy(of: object))) }
        let column = BaselineColumn(name: baseline.column, areCategories: areCategories)
        return { [files] in try column.values(files) }
    }

    private func uri(of baseline: AssayDefinition.Baseline) async throws -> ObjectURI? {
        if let uri = baseline.uri { return try ObjectURI(uri, field: "baseline.s3_uri") }
        guard let name = baseline.job else { return nil }
        guard let job = try await catalog.job(TrainingJob.self, named: name)?.job else {
            throw RoostError(.notFound, "Training job '\(name.prefix(80))' does not exist.", field: "baseline.job")
        }
        let wanted = baseline.channel ?? "train"
        guard let channel = job.definition.channels.first(where: { $0.name == wanted }) else {
            let names = job.definition.channels.map(\.name).joined(separator: ", ")
            throw RoostError(
                .notFound,
                "Job '\(name)' has no channel '\(wanted.prefix(80))'. It has: \(names).",
                field: "baseline.channel"
            )
        }
        guard channel.selection == .prefix else {
            throw RoostError(
                .invalidInput,
                "The channel '\(wanted)' of job '\(name)' is a manifest. Give the objects with 's3_uri'.",
                field: "baseline.channel"
            )
        }
        return try ObjectURI(channel.uri, field: "baseline.job")
    }
}
