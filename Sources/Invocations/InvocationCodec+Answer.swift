import Definitions
import RecordIO
package import Tensors

extension InvocationCodec {
    /// - Parameter accept: The content types that the caller takes; `nil` for the algorithm's own.
    package func encode(
        _ outputs: [Tensor],
        accept: String?,
        style: Style
    ) throws(InvocationError) -> (body: [UInt8], contentType: String) {
        if framework == .process {
            guard outputs.count >= 2, outputs[..<2].allSatisfy({ $0.dataType == .bytes && $0.elementCount == 1 }) else {
                throw InvocationError(500, "The model's process answered no body and content type.")
            }
            let body = outputs[0].withBytes(at: 0) { Array($0) }
            if outputs.count > 2, let status = outputs[2].number(at: 0), status != 200 {
                throw InvocationError(Int(status), String(decoding: body.prefix(4096), as: UTF8.self))
            }
            return (body, outputs[1].string(at: 0) ?? "")
        }
        guard let type = MediaType.accepted(accept, default: framework == .xgboost ? .csv : .json) else {
            throw InvocationError(
                406,
                "An answer cannot be written as '\((accept ?? "").prefix(100))'; text/csv, application/json, "
                    + "application/jsonlines and application/x-recordio-protobuf can be."
            )
        }
        guard let rowCount = outputs.first?.rowCount else { return ([], type.contentType) }
        var writer = JSONWriter(capacity: rowCount * 16 * outputs.count)
        switch (type, style) {
        case (.recordIO, _): return (try records(of: outputs, rowCount: rowCount), type.contentType)
        case (.csv, .endpoint) where framework == .xgboost: writeLine(outputs[0], to: &writer)
        case (.csv, _), (.libsvm, _):
            for row in 0..<rowCount {
                writeFields(outputs, row: row, to: &writer)
                writer.raw("\n")
            }
        case (.json, .endpoint):
            writer.raw(framework == .xgboost ? "[" : #"{"predictions":["#)
            for row in 0..<rowCount {
                if row > 0 { writer.raw(",") }
                writeRow(outputs, row: row, namesAll: false, to: &writer)
            }
            writer.raw(framework == .xgboost ? "]" : "]}")
        case (.json, .batch), (.jsonLines, _):
            for row in 0..<rowCount {
                writeRow(outputs, row: row, namesAll: type == .jsonLines, to: &writer)
                writer.raw("\n")
            }
        }
        return (writer.bytes, type.contentType)
    }

    /// XGBoost's rows in one line: "invalid CSV kept for compatibility", as its container calls that.
    private func writeLine(_ output: Tensor, to writer: inout JSONWriter) {
        for row in 0..<output.rowCount {
            if row > 0 { writer.raw(",") }
            writeFields([output], row: row, to: &writer)
        }
    }

    private func writeFields(_ outputs: [Tensor], row: Int, to writer: inout JSONWriter) {
        for (index, output) in outputs.enumerated() {
            if index > 0 { writer.raw(",") }
            let width = output.rowWidth
            // The container writes the classes of a row as Python shows a list.
            let isList = framework == .xgboost && width > 1
            if isList { writer.raw("[") }
            for column in 0..<width {
                if column > 0 { writer.raw(isList ? ", " : ",") }
                writer.field(output, at: row * width + column)
            }
            if isList { writer.raw("]") }
        }
    }

    /// - Parameter namesAll: Whether also a lone value has its name.
    private func writeRow(_ outputs: [Tensor], row: Int, namesAll: Bool, to writer: inout JSONWriter) {
        let isNamed: Bool
        switch framework {
        case .xgboost: isNamed = namesAll
        case .onnx, .tensorflow, .process: isNamed = outputs.count > 1
        case .linearLearner, .kmeans, .factorizationMachines: isNamed = true
        }
        if isNamed { writer.raw("{") }
        for (index, output) in outputs.enumerated() {
            if index > 0 { writer.raw(",") }
            if isNamed {
                writer.string(name(ofOutput: index))
                writer.raw(":")
            }
            if isClass(index), let label = output.number(at: row).flatMap(Int64.init(exactly:)) {
                writer.number(label)
            } else {
                writeValue(output, row: row, to: &writer)
            }
        }
        if isNamed { writer.raw("}") }
    }

    private func name(ofOutput index: Int) -> String {
        framework == .xgboost ? "score" : signature.outputs[index].name
    }

    /// Whether an output is the number of a class, which has no decimal point in JSON.
    private func isClass(_ index: Int) -> Bool {
        (framework == .linearLearner || framework == .factorizationMachines)
            && signature.outputs[index].name == "predicted_label"
    }

    /// recordio-protobuf: a record a row, with each output under its name.
    private func records(of outputs: [Tensor], rowCount: Int) throws(InvocationError) -> [UInt8] {
        guard !outputs.contains(where: { $0.dataType == .bytes }) else {
            throw InvocationError(406, "An answer of text cannot be written as application/x-recordio-protobuf.")
        }
        var writer = RecordWriter()
        for row in 0..<rowCount {
            writer.append(
                outputs.enumerated().map { index, output in
                    let elements = (row * output.rowWidth)..<((row + 1) * output.rowWidth)
                    return (name(ofOutput: index), elements.map { Float(output.number(at: $0) ?? 0) })
                }
            )
        }
        return writer.bytes
    }

    private func writeValue(_ output: Tensor, row: Int, to writer: inout JSONWriter) {
        let width = output.rowWidth
        let isScalar = output.shape.count <= 1 || (width == 1 && framework != .onnx && framework != .tensorflow)
        if isScalar { return writer.value(output, at: row) }
        // As deep as the shape of a row.
        var blocks = [output.shape[output.shape.count - 1]]
        for length in output.shape.dropFirst().dropLast().reversed() {
            blocks.append(length * blocks[blocks.count - 1])
        }
        if width == 0 { return writer.raw("[]") }
        for column in 0..<width {
            if column > 0 { writer.raw(",") }
            for block in blocks where column % block == 0 { writer.raw("[") }
            writer.value(output, at: row * width + column)
            for block in blocks where (column + 1) % block == 0 { writer.raw("]") }
        }
    }
}

extension Tensor {
    /// Elements of one row.
    fileprivate var rowWidth: Int { shape.dropFirst().reduce(1, *) }
}

extension JSONWriter {
    /// An element as JSON.
    fileprivate mutating func value(_ tensor: Tensor, at index: Int) {
        switch tensor.dataType {
        case .fp32: number(tensor.storage.bytes.load(fromByteOffset: index * 4, as: Float.self))
        case .fp16, .fp64: number(tensor.number(at: index) ?? 0)
        case .bool: raw(tensor.number(at: index) == 0 ? "false" : "true")
        case .bytes: tensor.withBytes(at: index) { string($0) }
        case .int64: number(tensor.storage.bytes.load(fromByteOffset: index * 8, as: Int64.self))
        case .uint64: number(tensor.storage.bytes.load(fromByteOffset: index * 8, as: UInt64.self))
        default: number(Int64(tensor.number(at: index) ?? 0))
        }
    }

    /// An element as a field of csv.
    fileprivate mutating func field(_ tensor: Tensor, at index: Int) {
        if tensor.dataType == .bytes {
            tensor.withBytes(at: index) { text in
                guard text.contains(where: { [0x0A, 0x0D, 0x22, 0x2C].contains($0) }) else { return raw(text) }
                raw("\"" + String(decoding: text, as: UTF8.self).replacing("\"", with: "\"\"") + "\"")
            }
            return
        }
        let number = tensor.dataType == .fp32 || tensor.dataType == .fp64 ? tensor.number(at: index) ?? 0 : 0
        if number.isNaN {
            raw("nan")
        } else if number.isInfinite {
            raw(number < 0 ? "-inf" : "inf")
        } else {
            value(tensor, at: index)
        }
    }
}
