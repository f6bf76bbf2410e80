import CRuntimes
import Definitions
import Foundation
import Synchronization
import Tensors

/// Owns one `OrtSession`.
///
/// Sendable: ONNX Runtime documents `Run` as safe to call on one session from many threads at once; nothing else is
/// called after `init`.
final class OnnxModel: LoadedModel, @unchecked Sendable {
    /// The kind of a session's input or output (`ONNXType`).
    enum Kind: Int32 {
        case unknown = 0
        case tensor = 1
        case sequence = 2
        case map = 3
        case opaque = 4
        case sparseTensor = 5
        case optional = 6
    }

    private let runtime: OnnxRuntime
    private let session: OpaquePointer
    let signature: Signature
    let hasBoundedCost: Bool
    private let inputNames: [UnsafePointer<CChar>?]
    private let outputNames: [UnsafePointer<CChar>?]
    /// Whether the outputs probably have as many rows as the inputs, so that memory for them can be provided.
    private let predictsOutputs: Atomic<Bool>

    init(path: String, runtime: OnnxRuntime) throws(RuntimeError) {
        self.runtime = runtime
        let file = OnnxFile(path: path)
        hasBoundedCost = !file.hasControlFlow
        if let externalFile = file.externalFile {
            throw .modelRejected(
                framework: "ONNX",
                reason: "its weights are in \(externalFile), which is not part of the upload. Save it as one file: "
                    + "onnx.save(onnx.load(\"model.onnx\"), \"one-file.onnx\")." + ForeignFile.guide
            )
        }
        let api = runtime.api
        do throws(RuntimeError) {
            var options: OpaquePointer?
            try runtime.check(api.pointee.CreateSessionOptions(&options))
            defer { api.pointee.ReleaseSessionOptions(options) }
            try runtime.check(api.pointee.DisablePerSessionThreads(options))
            let allOptimizations: Int32 = 99
            try runtime.check(api.pointee.SetSessionGraphOptimizationLevel(options, allOptimizations))
            // The arena costs small models a sixth of their time, and keeps the memory of the largest batch.
            try runtime.check(api.pointee.DisableCpuMemArena(options))
            var session: OpaquePointer?
            try runtime.check(
                api.pointee.CreateSession(runtime.environment, path, options, &session),
                calling: [path: "the artifact"]
            )
            guard let session else { throw RuntimeError.runFailed(reason: "no session was created") }
            self.session = session
        } catch {
            guard case .runFailed(let reason) = error else { throw error }
            guard file.hasGraph else {
                throw .modelRejected(framework: "ONNX", reason: "its bytes are not a complete ONNX model")
            }
            // A model of a newer version of ONNX can be converted again for an older one.
            let isNewer = reason.contains("IR version") || reason.contains("opset")
            let sentence = reason.hasSuffix(".") ? reason : reason + "."
            throw .modelRejected(framework: "ONNX", reason: isNewer ? sentence + ForeignFile.guide : reason)
        }
        do throws(RuntimeError) {
            let inputs = try Self.specs(
                of: session,
                runtime,
                .input,
                count: api.pointee.SessionGetInputCount,
                name: api.pointee.SessionGetInputName,
                type: api.pointee.SessionGetInputTypeInfo
            )
            let outputs = try Self.specs(
                of: session,
                runtime,
                .output,
                count: api.pointee.SessionGetOutputCount,
                name: api.pointee.SessionGetOutputName,
                type: api.pointee.SessionGetOutputTypeInfo
            )
            signature = Signature(inputs: inputs, outputs: outputs)
            inputNames = inputs.map { UnsafePointer(strdup($0.name)) }
            outputNames = outputs.map { UnsafePointer(strdup($0.name)) }
            predictsOutputs = Atomic(
                (inputs + outputs).allSatisfy { $0.dataType != .bytes && $0.shape.first == -1 }
                    && outputs.allSatisfy { !$0.shape.dropFirst().contains(-1) }
            )
        } catch {
            api.pointee.ReleaseSession(session)
            throw error
        }
    }

    deinit {
        runtime.api.pointee.ReleaseSession(session)
        for name in inputNames + outputNames { free(UnsafeMutablePointer(mutating: name)) }
    }

    // MARK: Run

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        guard predictsOutputs.load(ordering: .relaxed), let predicted = predictedOutputs(of: inputs) else {
            return try run(inputs, into: nil, cancellation)
        }
        do throws(RuntimeError) {
            return try run(inputs, into: predicted, cancellation)
        } catch {
            // Either the inputs are bad, or the outputs have other shapes, which ONNX Runtime refuses to write.
            guard case .runFailed = error else { throw error }
            let outputs = try run(inputs, into: nil, cancellation)
            predictsOutputs.store(false, ordering: .relaxed)
            return outputs
        }
    }

    /// Larger outputs are allocated by ONNX Runtime once it knows their shapes.
    private static let predictedBytes = 16 << 20

    /// Returns memory for outputs with as many rows as the inputs; `nil` if those have different numbers of rows.
    private func predictedOutputs(of inputs: [Tensor]) -> [Tensor]? {
        guard let rows = inputs.first?.shape.first, rows > 0 else { return nil }
        for input in inputs where input.shape.first != rows { return nil }
        var outputs: [Tensor] = []
        outputs.reserveCapacity(signature.outputs.count)
        for spec in signature.outputs {
            var shape = spec.shape
            shape[0] = rows
            guard let byteCount = Tensor.byteCount(of: spec.dataType, shape: shape), byteCount <= Self.predictedBytes
            else { return nil }
            let storage = TensorStorage(byteCount: byteCount)
            outputs.append(Tensor(dataType: spec.dataType, shape: shape, storage: storage))
        }
        return outputs
    }

    /// - Parameter predicted: Where ONNX Runtime writes the outputs; `nil` if their shapes are not known.
    private func run(
        _ inputs: [Tensor],
        into predicted: [Tensor]?,
        _ cancellation: RunCancellation?
    ) throws(RuntimeError) -> [Tensor] {
        var values: [OpaquePointer?] = []
        values.reserveCapacity(inputs.count)
        var results: [OpaquePointer?] = []
        results.reserveCapacity(outputNames.count)
        defer {
            for value in values { runtime.api.pointee.ReleaseValue(value) }
            for result in results where result != nil { runtime.api.pointee.ReleaseValue(result) }
        }
        for input in inputs { values.append(try makeValue(input)) }
        // ONNX Runtime uses the tensors' memory without a copy.
        defer { withExtendedLifetime((inputs, predicted)) {} }
        if let predicted {
            for output in predicted { results.append(try makeValue(output)) }
            try start(values, &results, cancellation)
            return predicted
        }
        for _ in outputNames { results.append(nil) }
        try start(values, &results, cancellation)
        var outputs: [Tensor] = []
        outputs.reserveCapacity(results.count)
        for index in results.indices { outputs.append(try readValue(results[index], output: index)) }
        return outputs
    }

    private func start(
        _ values: [OpaquePointer?],
        _ results: inout [OpaquePointer?],
        _ cancellation: RunCancellation?
    ) throws(RuntimeError) {
        let api = runtime.api
        guard let cancellation else {
            return try runtime.check(
                api.pointee.Run(session, nil, inputNames, values, values.count, outputNames, results.count, &results)
            )
        }
        var options: OpaquePointer?
        try runtime.check(api.pointee.CreateRunOptions(&options))
        defer { api.pointee.ReleaseRunOptions(options) }
        nonisolated(unsafe) let shared = options
        guard cancellation.begin({ [runtime] in runtime.terminate(shared) }) else { throw .cancelled }
        let status = api.pointee.Run(
            session,
            options,
            inputNames,
            values,
            values.count,
            outputNames,
            results.count,
            &results
        )
        cancellation.end()
        do throws(RuntimeError) {
            try runtime.check(status)
        } catch {
            throw cancellation.isCancelled ? .cancelled : error
        }
    }

    private func makeValue(_ tensor: Tensor) throws(RuntimeError) -> OpaquePointer? {
        var value: OpaquePointer?
        let type = tensor.dataType.onnxCode
        let rank = tensor.shape.count
        // Int and Int64 have the same layout on every platform that ONNX Runtime supports.
        if tensor.dataType == .bytes {
            let status = tensor.shape.withUnsafeBytes {
                runtime.api.pointee.CreateTensorAsOrtValue(
                    runtime.allocator,
                    $0.assumingMemoryBound(to: Int64.self).baseAddress,
                    rank,
                    type,
                    &value
                )
            }
            try runtime.check(status)
            do throws(RuntimeError) {
                try fill(value, with: tensor)
            } catch {
                runtime.api.pointee.ReleaseValue(value)
                throw error
            }
            return value
        }
        let status = tensor.shape.withUnsafeBytes {
            runtime.api.pointee.CreateTensorWithDataAsOrtValue(
                runtime.memoryInfo,
                tensor.storage.bytes.baseAddress,
                tensor.byteCount,
                $0.assumingMemoryBound(to: Int64.self).baseAddress,
                rank,
                type,
                &value
            )
        }
        try runtime.check(status)
        return value
    }

    private func fill(_ value: OpaquePointer?, with tensor: Tensor) throws(RuntimeError) {
        var strings: [UnsafePointer<CChar>?] = []
        defer { for string in strings { free(UnsafeMutablePointer(mutating: string)) } }
        for index in 0..<tensor.elementCount {
            let copy = tensor.withBytes(at: index) { bytes -> UnsafeMutablePointer<CChar>? in
                guard let base = bytes.baseAddress, !bytes.isEmpty else { return strdup("") }
                return bytes.contains(0) ? nil : strndup(base.assumingMemoryBound(to: CChar.self), bytes.count)
            }
            guard let copy else {
                throw .runFailed(reason: "ONNX Runtime does not accept a BYTES element that contains a zero byte")
            }
            strings.append(UnsafePointer(copy))
        }
        try runtime.check(runtime.api.pointee.FillStringTensor(value, strings, strings.count))
    }

    private func readValue(_ value: OpaquePointer?, output index: Int) throws(RuntimeError) -> Tensor {
        var kind: Int32 = 0
        try runtime.check(runtime.api.pointee.GetValueType(value, &kind))
        return switch Kind(rawValue: kind) {
        case .tensor: try readTensor(value)
        case .sequence: try readSequenceOfMaps(value, signature.outputs[index])
        default:
            throw .runFailed(
                reason: "output '\(signature.outputs[index].name)' is neither a tensor nor a sequence of maps"
            )
        }
    }

    private func readTensor(_ value: OpaquePointer?) throws(RuntimeError) -> Tensor {
        var info: OpaquePointer?
        try runtime.check(runtime.api.pointee.GetTensorTypeAndShape(value, &info))
        defer { runtime.api.pointee.ReleaseTensorTypeAndShapeInfo(info) }
        let (code, shape) = try Self.typeAndShape(info, runtime)
        guard let dataType = DataType(onnxCode: code) else {
            throw .runFailed(reason: "an output's data type, \(OnnxType.name(of: code)), is not supported")
        }
        guard let count = Tensor.elementCount(of: shape) else { throw .impossible(shape) }
        if dataType == .bytes { return try readStrings(value, count: count, shape: shape) }
        guard let byteCount = Tensor.byteCount(of: dataType, shape: shape) else { throw .impossible(shape) }
        var data: UnsafeMutableRawPointer?
        try runtime.check(runtime.api.pointee.GetTensorMutableData(value, &data))
        let storage = TensorStorage(byteCount: byteCount)
        storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: data, count: byteCount))
        return Tensor(dataType: dataType, shape: shape, storage: storage)
    }

    private func readStrings(_ value: OpaquePointer?, count: Int, shape: [Int]) throws(RuntimeError) -> Tensor {
        var length = 0
        try runtime.check(runtime.api.pointee.GetStringTensorDataLength(value, &length))
        let storage = TensorStorage(byteCount: length)
        var offsets = [Int](repeating: 0, count: count)
        try runtime.check(
            runtime.api.pointee.GetStringTensorContent(value, storage.bytes.baseAddress, length, &offsets, count)
        )
        storage.offsets = ContiguousArray(offsets + [length])
        guard let tensor = Tensor(checking: shape, of: .bytes, storage: storage) else { throw .impossible(shape) }
        return tensor
    }

    /// Reads one row per map, with the values in the order of the map's keys.
    private func readSequenceOfMaps(_ value: OpaquePointer?, _ spec: TensorSpec) throws(RuntimeError) -> Tensor {
        var rows = 0
        try runtime.check(runtime.api.pointee.GetValueCount(value, &rows))
        var elements: [Float] = []
        var width: Int?
        for row in 0..<rows {
            var map: OpaquePointer?
            try runtime.check(runtime.api.pointee.GetValue(value, Int32(row), runtime.allocator, &map))
            defer { runtime.api.pointee.ReleaseValue(map) }
            var mapValues: OpaquePointer?
            try runtime.check(runtime.api.pointee.GetValue(map, 1, runtime.allocator, &mapValues))
            defer { runtime.api.pointee.ReleaseValue(mapValues) }
            guard let floats = try readTensor(mapValues).converted(to: .fp32) else {
                throw .runFailed(reason: "output '\(spec.name)' is a sequence of maps whose values are not numbers")
            }
            guard width ?? floats.elementCount == floats.elementCount else {
                throw .runFailed(reason: "output '\(spec.name)' is a sequence of maps of different lengths")
            }
            width = floats.elementCount
            floats.withElements(of: Float.self) { elements.append(contentsOf: $0) }
        }
        return Tensor(.fp32, shape: [rows, width ?? 0], elements: elements)
    }
}
