import Definitions
import Foundation
import InferenceLog
import NIOCore
import Pipelines
import Tables
import Tensors

/// The bodies of the requests of a load test.
struct SimulationInputs {
    private(set) var bodies: [ByteBuffer] = []
    private var byteCount = 0

    // MARK: Files

    /// Reads what a file contains. Blocks.
    ///
    /// - Parameter plan: That of the first subject, for rows of CSV.
    init(_ data: String, _ format: SimulationRequest.Inputs.Format, for plan: PipelinePlan) throws(RoostError) {
        var data = data
        let problem: RoostError? = data.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            do throws(RoostError) {
                switch format {
                case .json: try readJSON(bytes)
                case .jsonLines: try readLines(bytes)
                case .csv: try readCSV(bytes, plan)
                }
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
        guard !bodies.isEmpty else {
            throw RoostError(.invalidInput, "The inputs have no request.", field: "inputs.data")
        }
    }

    private mutating func add(_ body: some Sequence<UInt8>) throws(RoostError) {
        guard bodies.count < SimulationRequest.Inputs.limit else {
            throw RoostError(
                .tooLarge,
                "There may be \(SimulationRequest.Inputs.limit) different inputs.",
                field: "inputs.data"
            )
        }
        let buffer = ByteBuffer(bytes: body)
        byteCount += buffer.readableBytes
        guard byteCount <= SimulationRequest.Inputs.byteLimit else {
            throw RoostError(
                .tooLarge,
                "The inputs are larger than the limit of \(SimulationRequest.Inputs.byteLimit) bytes.",
                field: "inputs.data"
            )
        }
        bodies.append(buffer)
    }

    private mutating func readJSON(_ bytes: UnsafeRawBufferPointer) throws(RoostError) {
        var elements: [UnsafeRawBufferPointer] = []
        do throws(JSONError) {
            var cursor = try JSONCursor(bytes)
            if cursor.take(UInt8(ascii: "[")) {
                var first = true
                while try cursor.nextElement(first: &first) { elements.append(try cursor.rawValue()) }
            } else {
                elements = [try cursor.rawValue()]
            }
            try cursor.expectEnd()
        } catch {
            throw RoostError(.invalidInput, "The inputs are not valid JSON: \(error).", field: "inputs.data")
        }
        for element in elements { try add(element) }
    }

    private mutating func readLines(_ bytes: UnsafeRawBufferPointer) throws(RoostError) {
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            if let problem = JSONCursor.syntaxError(in: UnsafeRawBufferPointer(rebasing: line)) {
                throw RoostError(
                    .invalidInput,
                    "Line \(number) of the inputs is not valid JSON: \(problem).",
                    field: "inputs.data"
                )
            }
            try add(line)
        }
    }

    // MARK: CSV

    private mutating func readCSV(_ bytes: UnsafeRawBufferPointer, _ plan: PipelinePlan) throws(RoostError) {
        var records = CSVRecords(bytes)
        var fields: [String?] = []
        var header: [String]?
        var isFirst = true
        do {
            while try records.next(into: &fields) {
                if isFirst {
                    isFirst = false
                    // A header has names.
                    if fields.allSatisfy({ $0.map { Double($0) == nil } ?? false }) {
                        header = fields.compactMap(\.self)
                        continue
                    }
                }
                guard header.map({ $0.count == fields.count }) ?? true else {
                    throw RoostError(
                        .invalidInput,
                        "Line \(records.line) of the inputs has \(fields.count) fields, but the header has "
                            + "\(header?.count ?? 0).",
                        field: "inputs.data"
                    )
                }
                try add(Self.body(of: fields, header, plan))
            }
        } catch let problem as CSVProblem {
            throw RoostError(
                .invalidInput,
                "Line \(problem.line) of the inputs \(problem).",
                field: "inputs.data"
            )
        } catch let error as RoostError {
            throw error
        } catch {
            throw RoostError(.invalidInput, "The inputs cannot be read.", field: "inputs.data")
        }
    }

    /// Returns a row as a request: an input for each column if these have the names of inputs, else one row of the only input.
    private static func body(of fields: [String?], _ header: [String]?, _ plan: PipelinePlan) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.raw("{")
        let inputs = plan.inputs
        if let header, header.allSatisfy({ name in inputs.contains { $0.name == name } || plan.keys.contains(name) }) {
            for (index, (name, field)) in zip(header, fields).enumerated() {
                if index > 0 { writer.raw(",") }
                writer.string(name)
                writer.raw(":")
                // A key is not a tensor.
                let rank = inputs.first { $0.name == name }?.shape.count ?? 0
                for _ in 0..<rank { writer.raw("[") }
                writer.field(field)
                for _ in 0..<rank { writer.raw("]") }
            }
        } else {
            writer.raw("\"tensor\":[")
            let names = inputs.count == 1 && inputs[0].featureNames != nil ? header : nil
            writer.raw(names == nil ? "[" : "{")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.raw(",") }
                if let names {
                    writer.string(names[index])
                    writer.raw(":")
                }
                writer.field(field)
            }
            writer.raw(names == nil ? "]" : "}")
            writer.raw("]")
        }
        writer.raw("}")
        return writer.bytes
    }

    // MARK: Log

    /// Reads the newest requests of a pipeline that its log has in full, oldest first. Blocks.
    ///
    /// - Parameters:
    ///   - hides: Whether the log of a version of the pipeline lacks inputs, or has something else in their place.
    init(
        _ batches: [LogBatch],
        requests: Int,
        hides: (_ version: String) -> Bool,
        pipeline: String
    ) throws(RoostError) {
        var left = 0
        for batch in batches.reversed() {
            let hidden = batch.subjects.map { hides($0.pipelineVersion) }
            for entry in batch.answeredEntries(by: nil).reversed() {
                guard bodies.count < requests else { break }
                let flags = batch.flags(at: entry)
                guard !flags.contains(.omitted), !flags.contains(.cut), !hidden[Int(batch.subjectCodes[entry])] else {
                    left += 1
                    continue
                }
                let body: ByteBuffer? = batch.withLine(at: entry) { line in
                    guard let request = try? LoggedRequest(line) else { return nil }
                    return (request.functionInput ?? request.data).map { ByteBuffer(bytes: $0) }
                }
                guard let body, byteCount + body.readableBytes <= SimulationRequest.Inputs.byteLimit else {
                    left += 1
                    continue
                }
                byteCount += body.readableBytes
                bodies.append(body)
            }
        }
        guard !bodies.isEmpty else {
            throw RoostError(
                .invalidInput,
                "Not enough data: the log of pipeline '\(pipeline)' has no request in this window that can be sent again"
                    + (left > 0 ? "; \(left) are not in it in full." : "."),
                field: "inputs.pipeline"
            )
        }
        bodies.reverse()
    }
}

extension JSONWriter {
    /// Writes a field as a number if it is one, else as a string. A missing one is null.
    fileprivate mutating func field(_ field: String?) {
        guard let field else { return raw("null") }
        let text = field.trimmingCharacters(in: .whitespaces)
        if let number = Double(text), number.isFinite { write(number, text) } else { string(field) }
    }

    private mutating func write(_ number: Double, _ text: String) {
        // A whole number of 64 bits may have more digits than a double.
        if let whole = Int(text) { self.number(whole) } else { self.number(number) }
    }
}
