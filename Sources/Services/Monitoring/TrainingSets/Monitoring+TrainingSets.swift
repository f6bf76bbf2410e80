import Buckets
import Checksums
package import Definitions
import Encodings
import Foundation
import InferenceLog
import Pipelines
import Platform
import Serving
import Tables
import WorkThreads

extension Monitoring {
    /// Checks a request without reading the log.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func check(_ request: TrainingSetRequest, of name: String) async throws {
        let subject = try await subject(name)
        try request.check()
        for (text, field) in [(request.output, "output"), (request.addTo, "add_to")] {
            guard let text else { continue }
            let uri = try ObjectURI(text, field: field)
            guard try await platform.buckets.bucket(named: uri.bucket) != nil else {
                throw RoostError(.notFound, "The bucket '\(uri.bucket)' does not exist.", field: field)
            }
        }
        if let text = request.addTo {
            let uri = try ObjectURI(text, field: "add_to")
            try Self.check(uri, isNotAbove: ObjectURI(request.output, field: "output"))
            _ = try await existing(uri)
        }
        let columns = try FeatureColumns(subject.layout)
        if let reason = columns.omission(by: subject.settings.log) {
            throw RoostError(.conflict, "The log does not have all inputs: \(reason).", field: "log")
        }
        _ = try Self.condition(request.weight, subject.layout)
    }

    /// What is stored would be added to the next set, the rows for validation to those for training.
    private static func check(_ added: ObjectURI, isNotAbove output: ObjectURI) throws(RoostError) {
        guard added.bucket == output.bucket,
            ["train.csv", "validation.csv"].contains(where: {
                output.appending($0).key.utf8.starts(with: added.key.utf8)
            })
        else { return }
        throw RoostError(
            .invalidInput,
            "The set would be stored under '\(added)', and be added to the next one. Choose another 'output', or name the object that "
                + "is to be added.",
            field: "add_to"
        )
    }

    /// Builds training data from what was logged and labeled, and stores it. An object with its name is replaced.
    ///
    /// - Parameter folder: A folder of its own below the output; `nil` for none.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func makeTrainingSet(
        _ request: TrainingSetRequest,
        of name: String,
        in folder: String? = nil
    ) async throws -> TrainingSet {
        try await check(request, of: name)
        let subject = try await subject(name)
        let time = now()
        let end = request.end ?? time
        let start = request.start ?? request.window.map { end.addingTimeInterval(-Double($0.seconds)) }
        var window = try window(start: start, end: end)
        // What was logged in this millisecond counts.
        if request.end == nil { window.end = window.end?.advanced(by: 1) }
        let columns = try FeatureColumns(subject.layout)
        let weight = try Self.condition(request.weight, subject.layout)
        let built = try await compute { [self, window] in
            let (batches, table) = labeledLog(of: subject, window)
            var rows = TrainingRows(subject, columns, request, weight: weight, batches)
            try rows.gather(table)
            let folder = platform.serving.scratchFolder
            let train = try TrainingLines(folder: folder)
            let validation = request.validation == nil ? nil : try TrainingLines(folder: folder)
            try rows.write(train: train, validation: validation)
            try train.flush()
            try validation?.flush()
            return Built(
                counts: rows.counts,
                train: Built.Part(train.file, train.rows, train.byteCount),
                validation: validation.map { Built.Part($0.file, $0.rows, $0.byteCount) }
            )
        }
        var counts = built.counts
        if let validation = built.validation, (built.train.rows == 0) != (validation.rows == 0) {
            throw RoostError(
                .conflict,
                "Not enough data: by chance, \(built.train.rows) rows are for training and \(validation.rows) for validation. Wait for "
                    + "more labels, or choose another share.",
                field: "validation"
            )
        }
        guard built.train.rows > 0 else { throw Self.noRows(name, built) }
        let base = try ObjectURI(request.output, field: "output")
        let target = folder.map(base.appending) ?? base
        let stored = try await store(built.train, at: target.appending("train.csv"), after: request.addTo, columns)
        counts.added = stored.added
        var validation: TrainingSet.File?
        if let part = built.validation {
            validation = try await store(part, at: target.appending("validation.csv"), after: nil, columns).file
        }
        return TrainingSet(
            pipeline: name,
            train: stored.file,
            validation: validation,
            features: columns.features.map(\.name),
            counts: counts,
            start: start,
            end: end
        )
    }

    private struct Built: Sendable {
        struct Part: Sendable {
            let file: ScratchFile
            let rows: Int
            let byteCount: Int

            init(_ file: ScratchFile, _ rows: Int, _ byteCount: Int) {
                (self.file, self.rows, self.byteCount) = (file, rows, byteCount)
            }
        }

        let counts: TrainingSet.Counts
        let train: Part
        let validation: Part?
    }

    private static func noRows(_ name: String, _ built: Built) -> RoostError {
        let counts = built.counts
        return RoostError(
            .conflict,
            "Not enough data: no row of pipeline '\(name)' in this window can be used. Of \(counts.logged) rows, "
                + "\(counts.unlabeled) have no label, \(counts.incomplete) lack a feature, and \(counts.wrongType) have a value of "
                + "the wrong type.",
            field: "pipeline"
        )
    }

    /// Returns the condition of a weight.
    private static func condition(
        _ weight: TrainingSetRequest.Weight?,
        _ layout: TensorLayout
    ) throws(RoostError) -> Definitions.Expression? {
        guard let weight else { return nil }
        do throws(RoostError) {
            let expression = try Definitions.Expression(parsing: weight.condition, for: .metric)
            let kinds = try expression.kinds { element throws(RoostError) in try layout.kind(of: element) }
            guard kinds.last == .truth else {
                throw RoostError(.invalidInput, "'where' must be a condition, such as 'inputs.size > 200'.")
            }
            return expression
        } catch {
            throw RoostError(.invalidInput, error.message, field: "weight.where")
        }
    }

    // MARK: Storing

    /// The objects of an existing data set.
    private func existing(_ uri: ObjectURI) async throws -> [ObjectRecord] {
        let objects = try await platform.buckets.objects(under: uri).filter { $0.byteCount > 0 }
        guard !objects.isEmpty else {
            throw RoostError(.notFound, "There are no objects under '\(uri)'.", field: "add_to")
        }
        return objects
    }

    private func store(
        _ part: Built.Part,
        at uri: ObjectURI,
        after text: String?,
        _ columns: FeatureColumns
    ) async throws -> (file: TrainingSet.File, added: Int) {
        let writer = try await platform.buckets.beginObject(checksums: [.sha256])
        var added = 0
        if let text {
            let base = try ObjectURI(text, field: "add_to")
            for record in try await existing(base) where ObjectURI(bucket: base.bucket, key: record.key) != uri {
                added += try await append(ObjectURI(bucket: base.bucket, key: record.key), to: writer, columns)
            }
        }
        var position = 0
        while position < part.byteCount {
            let piece = try await offload { [position] in try part.file.read(from: position, upTo: 1 << 20) }
            guard !piece.isEmpty else { throw ScratchFile.failure() }
            try await writer.append(piece)
            position += piece.count
        }
        let stored = try await writer.finish()
        let object = ObjectRecord(key: uri.key, stored, contentType: "text/csv", modifiedAt: now())
        guard try await platform.buckets.putObject(object, in: uri.bucket) != .noBucket else {
            throw RoostError(.notFound, "The bucket '\(uri.bucket)' does not exist.", field: "output")
        }
        let file = TrainingSet.File(
            uri: uri.description,
            sha256: (stored.checksums[.sha256] ?? []).hexadecimal,
            rows: part.rows,
            bytes: stored.byteCount
        )
        return (file, added)
    }

    /// Appends the lines of an existing object.
    ///
    /// - Returns: How many they are.
    /// - Throws: ``RoostError`` if its columns are others.
    private func append(_ uri: ObjectURI, to writer: ObjectWriter, _ columns: FeatureColumns) async throws -> Int {
        guard let object = try await platform.buckets.open(uri) else { return 0 }
        let newline = UInt8(ascii: "\n")
        var position = 0
        var lines = 0
        var last = newline
        while position < object.record.byteCount {
            let wanted = min(1 << 20, object.record.byteCount - position)
            let piece = try await offload { [position] in try object.bytes(at: position, byteCount: wanted) }
            if position == 0 { try Self.check(piece.prefix { $0 != newline }, of: uri, columns) }
            lines += piece.count { $0 == newline }
            last = piece.last ?? last
            try await writer.append(piece)
            position += piece.count
        }
        guard last != newline else { return lines }
        try await writer.append([newline])
        return lines + 1
    }

    private static func check(
        _ line: ArraySlice<UInt8>,
        of uri: ObjectURI,
        _ columns: FeatureColumns
    ) throws(RoostError) {
        let line = line.last == 0x0D ? line.dropLast() : line
        let result = line.withUnsafeBytes { bytes in
            Result { () throws(CSVProblem) in try CSVFormat.fields(of: bytes).count }
        }
        let count: Int
        do throws(CSVProblem) {
            count = try result.get()
        } catch {
            throw RoostError(.invalidInput, "The first line of \(uri) \(error).", field: "add_to")
        }
        let expected = columns.features.count + 1
        guard count == expected else {
            throw RoostError(
                .invalidInput,
                "The first line of \(uri) has \(count) columns. Expected \(expected): the label and the features of the pipeline.",
                field: "add_to"
            )
        }
        let first = String(decoding: line.prefix { $0 != UInt8(ascii: ",") }.prefix(100), as: UTF8.self)
        let isHeader = first.first.map { $0.isLetter || $0 == "_" } == true && Double(first) == nil
        guard !isHeader else {
            throw RoostError(
                .invalidInput,
                "The first line of \(uri) seems to be a header ('\(first)'). A training set has none.",
                field: "add_to"
            )
        }
    }
}
