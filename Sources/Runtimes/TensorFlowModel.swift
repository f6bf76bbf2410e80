import CRuntimes
import Definitions
import Foundation
import SwiftProtobuf
import Tensors

/// Owns one `TF_Session` with its graph, loaded from a SavedModel.
///
/// Sendable: TensorFlow documents `TF_SessionRun` as safe to call on one session from many threads; nothing else is
/// called after `init`.
final class TensorFlowModel: LoadedModel, @unchecked Sendable {
    private static let signatureName = "serving_default"

    private let runtime: TensorFlowRuntime
    private let session: OpaquePointer
    private let graph: OpaquePointer
    private let inputs: [TF_Output]
    private let outputs: [TF_Output]
    let signature: Signature
    /// A graph is a program; functions in it may loop.
    let hasBoundedCost = false

    /// - Parameter folder: Where `saved_model.pb` is. It is not needed any more once this returns.
    init(folder: String, runtime: TensorFlowRuntime) throws(RuntimeError) {
        self.runtime = runtime
        guard let graph = runtime.newGraph(), let metaGraph = runtime.newBuffer() else {
            throw .runFailed(reason: "out of memory")
        }
        defer { runtime.deleteBuffer(metaGraph) }
        let session: OpaquePointer
        do throws(RuntimeError) {
            let options = runtime.newSessionOptions()
            defer { runtime.deleteSessionOptions(options) }
            // ConfigProto: intra_op_parallelism_threads (2) = cores, inter_op_parallelism_threads (5) = 1.
            let cores = UInt8(clamping: min(ProcessInfo.processInfo.activeProcessorCount, 127))
            let configuration: [UInt8] = [2 << 3, cores, 5 << 3, 1]
            try runtime.withStatus { runtime.setConfig(options, configuration, configuration.count, $0) }
            let opened = try runtime.withStatus { status in
                "serve".withCString { tag in
                    var tag: UnsafePointer<CChar>? = tag
                    return runtime.loadSession(options, nil, folder, &tag, 1, graph, metaGraph, status)
                }
            }
            guard let opened else { throw RuntimeError.runFailed(reason: "no session was made") }
            session = opened
        } catch {
            runtime.deleteGraph(graph)
            throw .modelRejected(framework: "TensorFlow", reason: Self.reason(of: error))
        }
        self.session = session
        self.graph = graph
        do throws(RuntimeError) {
            let bytes = Data(bytes: metaGraph.pointee.data, count: metaGraph.pointee.length)
            guard let definition = try? MetaGraphDef(serializedBytes: bytes) else {
                throw RuntimeError.modelRejected(framework: "TensorFlow", reason: "its MetaGraphDef cannot be read")
            }
            guard let served = definition.signatureDef[Self.signatureName] else {
                let found = definition.signatureDef.keys.sorted().joined(separator: ", ")
                throw RuntimeError.modelRejected(
                    framework: "TensorFlow",
                    reason: "it has no signature '\(Self.signatureName)'\(found.isEmpty ? "" : "; it has \(found)")"
                )
            }
            let inputs = try Self.endpoints(served.inputs, graph: graph, runtime: runtime)
            let outputs = try Self.endpoints(served.outputs, graph: graph, runtime: runtime)
            self.inputs = inputs.map(\.output)
            self.outputs = outputs.map(\.output)
            signature = Signature(inputs: inputs.map(\.spec), outputs: outputs.map(\.spec))
        } catch {
            Self.end(session, graph, runtime)
            throw error
        }
    }

    deinit { Self.end(session, graph, runtime) }

    private static func end(_ session: OpaquePointer, _ graph: OpaquePointer, _ runtime: TensorFlowRuntime) {
        try? runtime.withStatus { runtime.closeSession(session, $0) }
        try? runtime.withStatus { runtime.deleteSession(session, $0) }
        runtime.deleteGraph(graph)
    }

    private static func reason(of error: RuntimeError) -> String {
        guard case .runFailed(let reason) = error else { return error.description }
        return reason.split(separator: "\n").first.map(String.init) ?? reason
    }

    // MARK: Signature

    /// The named tensors of a signature in the order of their index in the graph, so `StatefulPartitionedCall:2` comes
    /// before `:10`; those of different operations by name.
    private static func endpoints(
        _ infos: [String: TensorInfo],
        graph: OpaquePointer,
        runtime: TensorFlowRuntime
    ) throws(RuntimeError) -> [(spec: TensorSpec, output: TF_Output)] {
        var found: [(operation: String, index: Int32, spec: TensorSpec, output: TF_Output)] = []
        for (name, info) in infos {
            let parts = info.name.split(separator: ":")
            let index = parts.count > 1 ? Int32(parts[1]) ?? 0 : 0
            guard let operationName = parts.first.map(String.init),
                let operation = runtime.operationByName(graph, operationName)
            else {
                throw .modelRejected(
                    framework: "TensorFlow",
                    reason: "its graph has no tensor '\(info.name)' for '\(name)'"
                )
            }
            guard let dataType = DataType(tensorFlowCode: info.dtype) else {
                throw .modelRejected(
                    framework: "TensorFlow",
                    reason: "the data type of '\(name)' (\(info.dtype)) is not supported"
                )
            }
            let shape = info.tensorShape.dim.map { Int($0.size) }
            let spec = TensorSpec(name: name, dataType: dataType, shape: shape)
            found.append((operationName, index, spec, TF_Output(oper: operation, index: index)))
        }
        let sorted = found.sorted {
            $0.operation != $1.operation ? $0.spec.name < $1.spec.name : $0.index < $1.index
        }
        return sorted.map { ($0.spec, $0.output) }
    }

    // MARK: Run

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        var values: [OpaquePointer?] = []
        var results = [OpaquePointer?](repeating: nil, count: outputs.count)
        defer {
            for (value, tensor) in zip(values, inputs) { release(value, strings: tensor.dataType == .bytes) }
            for result in results where result != nil { runtime.deleteTensor(result) }
        }
        for input in inputs { values.append(try makeTensor(input)) }
        do throws(RuntimeError) {
            try runtime.withStatus {
                runtime.sessionRun(
                    session,
                    nil,
                    self.inputs,
                    values,
                    Int32(values.count),
                    outputs,
                    &results,
                    Int32(outputs.count),
                    nil,
                    0,
                    nil,
                    $0
                )
            }
        } catch {
            throw .runFailed(reason: Self.reason(of: error))
        }
        var tensors: [Tensor] = []
        tensors.reserveCapacity(results.count)
        for result in results { tensors.append(try readTensor(result)) }
        return tensors
    }

    private func makeTensor(_ tensor: Tensor) throws(RuntimeError) -> OpaquePointer? {
        let isText = tensor.dataType == .bytes
        let byteCount = isText ? tensor.elementCount * MemoryLayout<TF_TString>.stride : tensor.byteCount
        let shape = tensor.shape.map(Int64.init)
        guard
            let value = runtime.allocateTensor(tensor.dataType.tensorFlowCode, shape, Int32(shape.count), byteCount)
        else { throw .runFailed(reason: "out of memory") }
        guard let data = runtime.tensorData(value) else { return value }
        if isText {
            let strings = data.bindMemory(to: TF_TString.self, capacity: tensor.elementCount)
            for index in 0..<tensor.elementCount {
                runtime.stringInit(strings + index)
                tensor.withBytes(at: index) {
                    runtime.stringCopy(strings + index, $0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count)
                }
            }
        } else {
            UnsafeMutableRawBufferPointer(start: data, count: byteCount)
                .copyMemory(from: UnsafeRawBufferPointer(tensor.storage.bytes))
        }
        return value
    }

    /// Texts of an input were made here, so they are freed here; the library frees its own with the tensor.
    private func release(_ value: OpaquePointer?, strings: Bool) {
        if strings, let data = runtime.tensorData(value) {
            let count = runtime.tensorByteSize(value) / MemoryLayout<TF_TString>.stride
            let texts = data.bindMemory(to: TF_TString.self, capacity: count)
            for index in 0..<count { runtime.stringDealloc(texts + index) }
        }
        runtime.deleteTensor(value)
    }

    private func readTensor(_ value: OpaquePointer?) throws(RuntimeError) -> Tensor {
        guard let dataType = DataType(tensorFlowCode: runtime.tensorType(value)) else {
            throw .runFailed(reason: "an output's data type (\(runtime.tensorType(value))) is not supported")
        }
        let shape = (0..<runtime.rank(value)).map { Int(runtime.dimension(value, $0)) }
        guard let count = Tensor.elementCount(of: shape) else {
            throw .runFailed(reason: "an output's shape \(shape) has more elements than can be counted")
        }
        let data = runtime.tensorData(value)
        guard let width = dataType.byteWidth else {
            let texts = data?.bindMemory(to: TF_TString.self, capacity: count)
            let strings = (0..<count).map { index -> [UInt8] in
                guard let text = texts.map({ $0 + index }), let bytes = runtime.stringData(text) else { return [] }
                return Array(UnsafeRawBufferPointer(start: bytes, count: runtime.stringSize(text)))
            }
            return Tensor(shape: shape, strings: strings)
        }
        let storage = TensorStorage(byteCount: count * width)
        storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: data, count: count * width))
        return Tensor(dataType: dataType, shape: shape, storage: storage)
    }
}
