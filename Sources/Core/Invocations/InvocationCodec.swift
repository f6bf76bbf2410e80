package import Definitions
import Tables
package import Tensors

/// Decodes request bodies into a model's inputs and encodes its outputs, as the algorithm's container does.
package struct InvocationCodec: Sendable {
    /// How several rows are written.
    package enum Style: Sendable {
        /// For an endpoint's response: XGBoost's CSV in one line.
        case endpoint
        /// For batch transform: each row ends with a newline, also in JSON.
        case batch
    }

    let framework: Framework
    let signature: Signature
    let container: XGBoostContainer?

    /// - Parameter container: The container whose response format an XGBoost model follows; `nil` for the oldest one.
    package init(framework: Framework, signature: Signature, container: XGBoostContainer? = nil) {
        self.framework = framework
        self.signature = signature
        self.container = container
    }

    /// Reads a request body.
    ///
    /// - Parameters:
    ///   - contentType: If `nil`, it is detected from the body.
    ///   - accept: Passed on to a model in its own process; other models ignore it.
    /// - Returns: A tensor for each input of the signature, with as many rows as the body has.
    package func decode(
        _ body: UnsafeRawBufferPointer,
        contentType: String?,
        accept: String? = nil
    ) throws(InvocationError) -> [Tensor] {
        if framework == .process {
            return [Array(body), Array((contentType ?? "").utf8), Array((accept ?? "").utf8)].map {
                Tensor(shape: [1], strings: [$0])
            }
        }
        let type = try Self.type(of: body, contentType)
        guard body.contains(where: { $0 > 0x20 }) else { throw InvocationError(204, "The body is empty.") }
        if signature.inputs.count == 1, signature.inputs[0].dataType == .fp32 {
            return [try readRows(body, as: type, asFloats: true)]
        }
        let rows = try readRows(body, as: type, asFloats: false)
        return try signature.inputs.count == 1
            ? [convert(rows, to: signature.inputs[0])] : split(rows)
    }

    private static func type(
        of body: UnsafeRawBufferPointer,
        _ contentType: String?
    ) throws(InvocationError) -> RowFormat {
        guard let contentType, !contentType.isEmpty, contentType != "application/octet-stream" else {
            return RowFormat(sniffing: body)
        }
        guard let type = RowFormat(contentType) else {
            throw InvocationError(
                415,
                "Unsupported content type '\(contentType.prefix(100))'. Expected one of: text/csv, application/json, "
                    + "application/jsonlines, text/libsvm, application/x-recordio-protobuf."
            )
        }
        return type
    }

    /// - Parameter asFloats: Whether the tensor is of FP32 and not of FP64.
    private func readRows(
        _ body: UnsafeRawBufferPointer,
        as type: RowFormat,
        asFloats: Bool
    ) throws(InvocationError) -> Tensor {
        let widths = signature.inputs.map(Self.width)
        let total = widths.reduce(0 as Int?) { sum, width in
            guard let sum, let width, case let (total, overflow) = sum.addingReportingOverflow(width), !overflow else {
                return nil
            }
            return total
        }
        guard total != nil || widths.count == 1 else {
            throw InvocationError(
                415,
                "The model has several inputs of variable size, so rows cannot be divided between them."
            )
        }
        let reader = RowReader(
            width: total,
            takesMissing: takesMissingValues,
            isOmittedMissing: framework == .xgboost
        )
        let rows: DenseRows
        do throws(RowProblem) {
            rows = try asFloats ? reader.readFloats(body, as: type) : reader.readDoubles(body, as: type)
        } catch {
            throw InvocationError(error, in: type)
        }
        guard rows.rowCount > 0, let rowWidth = rows.width else { throw InvocationError(400, "The body has no rows.") }
        guard widths.count == 1 else { return rows.tensor(rowShape: [rowWidth]) }
        return rows.tensor(rowShape: try Self.rowShape(of: signature.inputs[0], width: rowWidth))
    }

    /// Returns the number of values in one row of an input; `nil` if it is variable.
    private static func width(of input: TensorSpec) -> Int? {
        guard !input.hasAnyRank else { return nil }
        var width = 1
        for length in input.shape.dropFirst() {
            guard length >= 0 else { return nil }
            let (product, overflow) = width.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            width = product
        }
        return width
    }

    /// Returns the shape of a row of `width` numbers.
    private static func rowShape(of input: TensorSpec, width: Int) throws(InvocationError) -> [Int] {
        guard !input.hasAnyRank else { return [width] }
        var shape = Array(input.shape.dropFirst())
        let free = shape.indices.filter { shape[$0] < 0 }
        guard let index = free.first else { return shape }
        guard free.count == 1, let fixed = Tensor.elementCount(of: shape.filter { $0 >= 0 }), fixed > 0,
            width % fixed == 0
        else {
            throw InvocationError(400, "A row of \(width) numbers does not fit the shape of input \(input).")
        }
        shape[index] = width / fixed
        return shape
    }

    private var takesMissingValues: Bool {
        switch framework {
        case .xgboost, .onnx, .tensorflow: true
        case .linearLearner, .kmeans, .factorizationMachines, .process: false
        }
    }

    private func convert(_ tensor: Tensor, to input: TensorSpec) throws(InvocationError) -> Tensor {
        guard let converted = tensor.converted(to: input.dataType) else {
            throw InvocationError(
                400,
                "A number in the body does not fit the data type of input '\(input.name)', \(input.dataType.rawValue)."
            )
        }
        return converted
    }

    /// Divides the columns of `rows` between the inputs, in order.
    private func split(_ rows: Tensor) throws(InvocationError) -> [Tensor] {
        var inputs: [Tensor] = []
        var offset = 0
        let total = rows.shape[1]
        for input in signature.inputs {
            let width = Self.width(of: input) ?? 0
            let storage = TensorStorage(byteCount: rows.rowCount * width * MemoryLayout<Double>.stride)
            for row in 0..<rows.rowCount {
                let from = (row * total + offset) * MemoryLayout<Double>.stride
                let to = row * width * MemoryLayout<Double>.stride
                UnsafeMutableRawBufferPointer(rebasing: storage.bytes[to...]).copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: rows.storage.bytes[from..<(from + width * MemoryLayout<Double>.stride)]
                    )
                )
            }
            let shape = [rows.rowCount] + input.shape.dropFirst()
            inputs.append(try convert(Tensor(dataType: .fp64, shape: shape, storage: storage), to: input))
            offset += width
        }
        return inputs
    }
}
