import Definitions
import Encodings
import RecordIO
import Tables
package import Tensors

extension InvocationCodec {
    /// Writes the model's outputs as a response body.
    ///
    /// - Parameter accept: The content types that the caller accepts; `nil` for the algorithm's default.
    package func encode(
        _ outputs: [Tensor],
        accept: String?,
        style: Style
    ) throws(InvocationError) -> (body: [UInt8], contentType: String) {
        if framework == .process { return try Self.answer(ofProgram: outputs) }
        let ignoresAccept = style == .endpoint && (xgboost?.ignoresAccept ?? false)
        let asked =
            ignoresAccept ? nil : accept.flatMap { $0.isEmpty || $0 == "*/*" ? nil : $0 } ?? container?.defaultAccept
        guard let type = RowFormat.accepted(asked, default: framework == .xgboost ? .csv : .json) else {
            throw InvocationError(
                406,
                "Unsupported response content type '\((asked ?? "").prefix(100))'. Expected one of: text/csv, "
                    + "application/json, application/jsonlines, application/x-recordio-protobuf."
            )
        }
        guard let first = outputs.first else { return ([], type.contentType) }
        let rowCount = try rowCount(of: outputs)
        if let selection = xgboost?.selection {
            return (try selection.encode(first, as: type, style: style), type.contentType)
        }
        // Rows may be empty, so the number of rows must not decide the capacity.
        var writer = JSONWriter(capacity: min(rowCount, 1 << 16) * 16 * outputs.count)
        switch (type, style) {
        case (.recordIO, _): return (try records(of: outputs, rowCount: rowCount), type.contentType)
        case (.csv, .endpoint) where framework == .xgboost && !writesRows: writeLine(first, to: &writer)
        case (.csv, _), (.libsvm, _):
            for row in 0..<rowCount {
                writeFields(outputs, row: row, isList: framework == .xgboost && style == .batch, to: &writer)
                writer.raw("\n")
            }
        case (.json, .endpoint):
            let isList = framework == .xgboost && !writesRows
            writer.raw(isList ? "[" : #"{"predictions":["#)
            for row in 0..<rowCount {
                if row > 0 { writer.raw(",") }
                writeRow(outputs, row: row, namesAll: writesRows, to: &writer)
            }
            writer.raw(isList ? "]" : "]}")
        case (.json, .batch), (.jsonLines, _):
            for row in 0..<rowCount {
                // The container writes the numbers of a batch alone, whatever the content type.
                writeRow(
                    outputs,
                    row: row,
                    namesAll: type == .jsonLines && (style == .endpoint || xgboost == nil),
                    to: &writer
                )
                writer.raw("\n")
            }
        }
        return (writer.bytes, type.contentType)
    }

    /// Returns the response of a model in its own process, whose outputs are a body, its content type and the status.
    private static func answer(ofProgram outputs: [Tensor]) throws(InvocationError) -> (
        body: [UInt8], contentType: String
    ) {
        guard outputs.count >= 2, outputs[..<2].allSatisfy({ $0.dataType == .bytes && $0.elementCount == 1 }) else {
            throw InvocationError(500, "The model's process returned no body and content type.")
        }
        let body = outputs[0].withBytes(at: 0) { Array($0) }
        if outputs.count > 2, outputs[2].elementCount == 1, let status = outputs[2].number(at: 0), status != 200 {
            throw InvocationError(Int(exactly: status) ?? 500, String(decoding: body.prefix(4096), as: UTF8.self))
        }
        return (body, outputs[1].string(at: 0) ?? "")
    }

    /// Returns the number of rows in the response. Outputs are written side by side, so each must have the same number of rows.
    private func rowCount(of outputs: [Tensor]) throws(InvocationError) -> Int {
        for (index, output) in outputs.enumerated() where output.rowCount != outputs[0].rowCount {
            throw InvocationError(
                500,
                "Outputs '\(name(ofOutput: 0))' of shape \(outputs[0].shape) and '\(name(ofOutput: index))' of shape "
                    + "\(output.shape) cannot be written as rows because their numbers of rows differ. Send one row at "
                    + "a time, or use the Open Inference Protocol, which returns each output in its own shape."
            )
        }
        return outputs[0].rowCount
    }

    /// The container, if it is of XGBoost.
    private var xgboost: XGBoostContainer? { framework == .xgboost ? container : nil }

    /// Whether XGBoost's responses have a line or an object for each row, as those of its newer images do.
    private var writesRows: Bool { xgboost?.writesRows ?? false }

    /// Writes XGBoost's rows in one line: "invalid CSV kept for compatibility", as its container calls it.
    private func writeLine(_ output: Tensor, to writer: inout JSONWriter) {
        for row in 0..<output.rowCount {
            if row > 0 { writer.raw(",") }
            writeFields([output], row: row, isList: true, to: &writer)
        }
    }

    /// - Parameter isList: Whether the classes of a row are written as a Python list, as the container does.
    private func writeFields(_ outputs: [Tensor], row: Int, isList: Bool, to writer: inout JSONWriter) {
        for (index, output) in outputs.enumerated() {
            if index > 0 { writer.raw(",") }
            let width = output.rowWidth
            let isList = isList && width > 1
            if isList { writer.raw("[") }
            for column in 0..<width {
                if column > 0 { writer.raw(isList ? ", " : ",") }
                writer.field(output, at: row * width + column)
            }
            if isList { writer.raw("]") }
        }
    }

    /// - Parameter namesAll: Whether a single value is also named.
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
        if framework == .xgboost { return "score" }
        return index < signature.outputs.count ? signature.outputs[index].name : "output \(index)"
    }

    /// Returns whether an output is a class number, which has no decimal point in JSON.
    private func isClass(_ index: Int) -> Bool {
        (framework == .linearLearner || framework == .factorizationMachines)
            && name(ofOutput: index) == "predicted_label"
    }

    /// Returns recordio-protobuf with one record per row, in which each output has its name.
    private func records(of outputs: [Tensor], rowCount: Int) throws(InvocationError) -> [UInt8] {
        guard !outputs.contains(where: { $0.dataType == .bytes }) else {
            throw InvocationError(406, "String outputs cannot be written as application/x-recordio-protobuf.")
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
        if isScalar { return writer.scalar(output, at: row) }
        // Brackets are nested as deeply as the shape of a row.
        var blocks = [output.shape[output.shape.count - 1]]
        for length in output.shape.dropFirst().dropLast().reversed() {
            blocks.append(length * blocks[blocks.count - 1])
        }
        if width == 0 { return writer.raw("[]") }
        for column in 0..<width {
            if column > 0 { writer.raw(",") }
            for block in blocks where column % block == 0 { writer.raw("[") }
            writer.scalar(output, at: row * width + column)
            for block in blocks where (column + 1) % block == 0 { writer.raw("]") }
        }
    }
}

extension JSONWriter {
    /// Writes an element as a CSV field.
    fileprivate mutating func field(_ tensor: Tensor, at index: Int) {
        if tensor.dataType == .bytes {
            tensor.withBytes(at: index) { text in
                guard text.contains(where: { [0x0A, 0x0D, 0x22, 0x2C].contains($0) }) else { return raw(text) }
                raw(
                    contentsOf: "\"" + String(decoding: text, as: UTF8.self).replacingBytes(of: "\"", with: "\"\"")
                        + "\""
                )
            }
            return
        }
        let number = tensor.number(at: index) ?? 0
        if number.isFinite { scalar(tensor, at: index) } else { field(number) }
    }

    /// Writes a number as a CSV field.
    mutating func field(_ value: Double) {
        if value.isNaN {
            raw("nan")
        } else if value.isInfinite {
            raw(value < 0 ? "-inf" : "inf")
        } else {
            number(value)
        }
    }
}
