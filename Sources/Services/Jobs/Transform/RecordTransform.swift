import Definitions
import Invocations
import RecordIO
import Runtimes
import Tensors

/// Runs a model on records: filters the model's input, and joins and filters its output.
struct RecordTransform: Sendable {
    /// The output for some records.
    struct Answer {
        var bytes: [UInt8] = []
        var recordCount = 0
        var contentType: String?
    }

    /// The first bad record, counted from 0, with the reason, and the number of bad records.
    struct Refusal: Error {
        let record: Int
        let count: Int
        let message: String
        /// Whether the model is at fault and not the records.
        let isOfModel: Bool
    }

    private let codec: InvocationCodec
    private let model: any LoadedModel
    private let framework: Framework
    private let contentType: String?
    private let accept: String?
    private let split: TransformDefinition.Split
    private let isSingle: Bool
    private let endsLines: Bool
    private let isJoined: Bool
    private let inputFilter: RecordFilter
    private let outputFilter: RecordFilter

    init(
        _ definition: TransformDefinition,
        framework: Framework,
        signature: Signature,
        container: XGBoostContainer? = nil,
        model: any LoadedModel
    ) throws(RoostError) {
        codec = InvocationCodec(framework: framework, signature: signature, container: container)
        self.model = model
        self.framework = framework
        contentType = definition.input.contentType
        split = definition.split
        isSingle =
            definition.batching == .singleRecord || signature.inputs.first?.shape.first == 1 && framework != .process
        endsLines = definition.assemble == .line
        isJoined = definition.join == .input
        inputFilter = try RecordFilter(definition.inputFilter ?? "$", .input)
        outputFilter = try RecordFilter(definition.outputFilter ?? "$", .output)
        // Joined output has the format of the input.
        let isUnsaid = definition.accept.map { $0.isEmpty || $0 == "*/*" } ?? true
        accept =
            isUnsaid && isJoined && framework != .process
            ? (Self.isJSON(contentType) ? "application/jsonlines" : "text/csv") : definition.accept
    }

    private static func isJSON(_ contentType: String?) -> Bool { contentType?.contains("json") ?? false }

    /// Whether each record's output is processed separately.
    private var touchesRecords: Bool { isJoined || !outputFilter.isWhole }

    /// Runs the model on a piece of an object.
    func answer(_ piece: [UInt8]) throws(Refusal) -> Answer {
        let result = piece.withUnsafeBytes { bytes in
            Result { try answer(whole: bytes) }.mapError { refusal(of: bytes, $0) }
        }
        return try result.get()
    }

    private func answer(whole piece: UnsafeRawBufferPointer) throws -> Answer {
        guard isSingle || touchesRecords || !inputFilter.isWhole else { return try ask(piece, recordCount: nil) }
        let records = records(of: piece)
        guard isSingle else { return try ask(records) }
        var all = Answer()
        for record in records {
            let answer = try ask([record])
            all.bytes += answer.bytes
            all.recordCount += answer.recordCount
            all.contentType = answer.contentType
        }
        return all
    }

    /// Sends these records to the model in one request.
    private func ask(_ records: [UnsafeRawBufferPointer]) throws -> Answer {
        guard !records.isEmpty else { return Answer() }
        var body: [UInt8] = []
        for record in records {
            if inputFilter.isWhole {
                body.append(contentsOf: record)
            } else if Self.isJSON(contentType) {
                body += try inputFilter.choose(fromJSON: record)
            } else {
                try inputFilter.choose(fromCSV: record, appendingTo: &body)
            }
            if split == .line { body.append(0x0A) }
        }
        let answer = try body.withUnsafeBytes { try ask($0, recordCount: records.count) }
        guard touchesRecords else { return answer }
        return try answer.bytes.withUnsafeBytes { bytes in
            let isWhole = records.count == 1 && framework == .process
            let lines = isWhole ? [Self.trimmed(bytes)] : TransformDefinition.Split.line.records(of: bytes)
            guard lines.count == records.count else {
                throw RecordError("the model returned \(lines.count) records for \(records.count) input records.")
            }
            var output: [UInt8] = []
            output.reserveCapacity(bytes.count + (isJoined ? body.count : 0))
            for (record, line) in zip(records, lines) {
                try write(record, line, to: &output)
                output.append(0x0A)
            }
            return Answer(bytes: output, recordCount: records.count, contentType: answer.contentType)
        }
    }

    private func write(
        _ record: UnsafeRawBufferPointer,
        _ line: UnsafeRawBufferPointer,
        to output: inout [UInt8]
    ) throws {
        let isJSON = isJoined ? Self.isJSON(contentType) : Self.isJSON(accept) || line.first == UInt8(ascii: "{")
        if isJSON {
            var writer = JSONWriter()
            if isJoined { RecordFilter.join(record, line, into: &writer) } else { writer.raw(line) }
            output +=
                outputFilter.isWhole
                ? writer.bytes : try writer.bytes.withUnsafeBytes { try outputFilter.choose(fromJSON: $0) }
            return
        }
        var row: [UInt8] = []
        if isJoined {
            // The output would not be CSV.
            _ = try RecordFilter.fields(ofCSV: record)
            row.append(contentsOf: record)
            row.append(UInt8(ascii: ","))
        }
        row.append(contentsOf: line)
        try row.withUnsafeBytes { try outputFilter.choose(fromCSV: $0, appendingTo: &output) }
    }

    /// Sends a request to the model, unchanged.
    private func ask(_ body: UnsafeRawBufferPointer, recordCount: Int?) throws -> Answer {
        guard body.contains(where: { $0 > 0x20 }) || framework == .process else { return Answer() }
        let inputs = try codec.decode(body, contentType: contentType, accept: accept)
        let outputs = try model.run(inputs, cancellation: nil)
        var (bytes, type) = try codec.encode(outputs, accept: accept, style: .batch)
        if endsLines, type != RecordFrames.contentType, bytes.last != 0x0A, !bytes.isEmpty { bytes.append(0x0A) }
        let count = recordCount ?? (framework == .process ? records(of: body).count : inputs[0].rowCount)
        return Answer(bytes: bytes, recordCount: count, contentType: type)
    }

    // MARK: Records

    private func records(of piece: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        guard split == .none else { return split.records(of: piece) }
        // Trims only if needed: binary data may end with bytes that look like spaces.
        return [touchesRecords || !inputFilter.isWhole ? Self.trimmed(piece) : piece]
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }

    /// Finds the bad records by sending each to the model separately.
    private func refusal(of piece: UnsafeRawBufferPointer, _ error: any Error) -> Refusal {
        var first: (record: Int, error: any Error)?
        var count = 0
        for (index, record) in (split == .none ? [] : split.records(of: piece)).enumerated() {
            do {
                _ = try ask([record])
            } catch {
                count += 1
                first = first ?? (index, error)
                // Requests to a process are slow, so the first bad record must do.
                if framework == .process { break }
            }
        }
        return Refusal(
            record: first?.record ?? 0,
            count: max(count, 1),
            message: Self.message(of: first?.error ?? error),
            isOfModel: Self.isOfModel(first?.error ?? error)
        )
    }

    private static func isOfModel(_ error: any Error) -> Bool {
        error is RuntimeError || (error as? InvocationError).map { $0.status >= 500 } ?? false
    }

    private static func message(of error: any Error) -> String {
        // The record's number is reported separately from the message.
        (error as? RecordError)?.message ?? (error as? InvocationError)?.recordMessage ?? "\(error)"
    }
}
