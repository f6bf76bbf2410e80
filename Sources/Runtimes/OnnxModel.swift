import CRuntimes
import Definitions
import Foundation
import Tensors

/// Owns one `OrtSession`.
///
/// Sendable: ONNX Runtime documents `Run` as safe to call on one session from many threads at once; nothing else is
/// called after `init`.
final class OnnxModel: LoadedModel, @unchecked Sendable {
    /// What a session's input or output is, as ONNX names it.
    private enum Kind: Int32 {
        case tensor = 1
        case sequence = 2
        case map = 3
    }

    private let runtime: OnnxRuntime
    private let session: OpaquePointer
    let signature: Signature
    let hasBoundedCost: Bool
    private let inputNames: [UnsafePointer<CChar>?]
    private let outputNames: [UnsafePointer<CChar>?]

    init(path: String, runtime: OnnxRuntime) throws(RuntimeError) {
        self.runtime = runtime
        hasBoundedCost = !Self.hasControlFlow(path)
        let api = runtime.api
        do throws(RuntimeError) {
            var options: OpaquePointer?
            try runtime.check(api.pointee.CreateSessionOptions(&options))
            defer { api.pointee.ReleaseSessionOptions(options) }
            try runtime.check(api.pointee.DisablePerSessionThreads(options))
            let allOptimizations: Int32 = 99
            try runtime.check(api.pointee.SetSessionGraphOptimizationLevel(options, allOptimizations))
            var session: OpaquePointer?
            try runtime.check(api.pointee.CreateSession(runtime.environment, path, options, &session))
            guard let session else { throw RuntimeError.runFailed(reason: "no session was made") }
            self.session = session
        } catch {
            guard case .runFailed(let reason) = error else { throw error }
            // The path of an artifact is nobody's business but ours.
            throw .modelRejected(framework: "ONNX", reason: reason.replacing(path, with: "the artifact"))
        }
        do throws(RuntimeError) {
            let inputs = try Self.specs(
                of: session,
                runtime,
                count: api.pointee.SessionGetInputCount,
                name: api.pointee.SessionGetInputName,
                type: api.pointee.SessionGetInputTypeInfo
            )
            let outputs = try Self.specs(
                of: session,
                runtime,
                count: api.pointee.SessionGetOutputCount,
                name: api.pointee.SessionGetOutputName,
                type: api.pointee.SessionGetOutputTypeInfo
            )
            signature = Signature(inputs: inputs, outputs: outputs)
            inputNames = inputs.map { UnsafePointer(strdup($0.name)) }
            outputNames = outputs.map { UnsafePointer(strdup($0.name)) }
        } catch {
            api.pointee.ReleaseSession(session)
            throw error
        }
    }

    deinit {
        runtime.api.pointee.ReleaseSession(session)
        for name in inputNames + outputNames { free(UnsafeMutablePointer(mutating: name)) }
    }

    /// Whether the file names an operator whose cost hangs on values: `op_type`, field 4 of a `NodeProto`, with its length.
    ///
    /// Bytes that only look like it send a model to the thread pool without need, no more.
    private static func hasControlFlow(_ path: String) -> Bool {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else { return true }
        return ["Loop", "Scan", "If"].contains { name in
            data.range(of: Data([4 << 3 | 2, UInt8(name.utf8.count)] + Array(name.utf8))) != nil
        }
    }

    // MARK: Signature

    private typealias CountFunction = (OpaquePointer?, UnsafeMutablePointer<Int>?) -> OpaquePointer?
    private typealias NameFunction = (
        OpaquePointer?, Int, OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> OpaquePointer?
    private typealias TypeFunction = (OpaquePointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) -> OpaquePointer?

    private static func specs(
        of session: OpaquePointer,
        _ runtime: OnnxRuntime,
        count: CountFunction,
        name: NameFunction,
        type: TypeFunction
    ) throws(RuntimeError) -> [TensorSpec] {
        var length = 0
        try runtime.check(count(session, &length))
        var specs: [TensorSpec] = []
        for index in 0..<length {
            var text: UnsafeMutablePointer<CChar>?
            try runtime.check(name(session, index, runtime.allocator, &text))
            let specName = text.map { String(cString: $0) } ?? ""
            try runtime.check(runtime.api.pointee.AllocatorFree(runtime.allocator, text))
            var info: OpaquePointer?
            try runtime.check(type(session, index, &info))
            defer { runtime.api.pointee.ReleaseTypeInfo(info) }
            specs.append(try spec(name: specName, info: info, runtime))
        }
        return specs
    }

    private static func spec(
        name: String,
        info: OpaquePointer?,
        _ runtime: OnnxRuntime
    ) throws(RuntimeError) -> TensorSpec {
        var kind: Int32 = 0
        try runtime.check(runtime.api.pointee.GetOnnxTypeFromTypeInfo(info, &kind))
        // scikit-learn's classifiers answer a sequence of maps from class to probability: shown as one row a map.
        if Kind(rawValue: kind) == .sequence { return TensorSpec(name: name, dataType: .fp32, shape: [-1, -1]) }
        guard Kind(rawValue: kind) == .tensor else {
            throw .modelRejected(framework: "ONNX", reason: "'\(name)' is not a tensor")
        }
        var tensorInfo: OpaquePointer?
        try runtime.check(runtime.api.pointee.CastTypeInfoToTensorInfo(info, &tensorInfo))
        let (code, shape) = try typeAndShape(tensorInfo, runtime)
        guard let dataType = DataType(onnxCode: code) else {
            throw .modelRejected(framework: "ONNX", reason: "the data type of '\(name)' (\(code)) is not supported")
        }
        return TensorSpec(name: name, dataType: dataType, shape: shape)
    }

    private static func typeAndShape(
        _ info: OpaquePointer?,
        _ runtime: OnnxRuntime
    ) throws(RuntimeError) -> (code: Int32, shape: [Int]) {
        var code: Int32 = 0
        try runtime.check(runtime.api.pointee.GetTensorElementType(info, &code))
        var rank = 0
        try runtime.check(runtime.api.pointee.GetDimensionsCount(info, &rank))
        var shape = [Int64](repeating: 0, count: rank)
        if rank > 0 { try runtime.check(runtime.api.pointee.GetDimensions(info, &shape, rank)) }
        return (code, shape.map(Int.init))
    }

    // MARK: Run

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        var values: [OpaquePointer?] = []
        values.reserveCapacity(inputs.count)
        var results = [OpaquePointer?](repeating: nil, count: outputNames.count)
        defer {
            for value in values { runtime.api.pointee.ReleaseValue(value) }
            for result in results where result != nil { runtime.api.pointee.ReleaseValue(result) }
        }
        for input in inputs { values.append(try makeValue(input)) }
        try start(values, &results, cancellation)
        var outputs: [Tensor] = []
        outputs.reserveCapacity(results.count)
        for index in results.indices { outputs.append(try readValue(results[index], output: index)) }
        // The inputs' memory is lent to ONNX Runtime without a copy.
        return withExtendedLifetime(inputs) { outputs }
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
        // Int and Int64 have one layout on every platform that ONNX Runtime is built for.
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
                throw .runFailed(reason: "ONNX Runtime takes no BYTES element with a zero byte in it")
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
            throw .runFailed(reason: "an output's data type (\(code)) is not supported")
        }
        guard let count = Tensor.elementCount(of: shape) else {
            throw .runFailed(reason: "an output's shape \(shape) has more elements than can be counted")
        }
        guard let width = dataType.byteWidth else { return try readStrings(value, count: count, shape: shape) }
        var data: UnsafeMutableRawPointer?
        try runtime.check(runtime.api.pointee.GetTensorMutableData(value, &data))
        let storage = TensorStorage(byteCount: count * width)
        storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: data, count: count * width))
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
        return Tensor(dataType: .bytes, shape: shape, storage: storage)
    }

    /// One row a map, its values in the map's own order of keys.
    private func readSequenceOfMaps(_ value: OpaquePointer?, _ spec: TensorSpec) throws(RuntimeError) -> Tensor {
        var rows = 0
        try runtime.check(runtime.api.pointee.GetValueCount(value, &rows))
        var elements: [Float] = []
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
            floats.withElements(of: Float.self) { elements.append(contentsOf: $0) }
        }
        guard rows == 0 || elements.count % rows == 0 else {
            throw .runFailed(reason: "output '\(spec.name)' is a sequence of maps of different lengths")
        }
        return Tensor(.fp32, shape: [rows, rows == 0 ? 0 : elements.count / rows], elements: elements)
    }
}
