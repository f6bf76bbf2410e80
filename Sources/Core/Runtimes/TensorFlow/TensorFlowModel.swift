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
    /// Where the SavedModel was unpacked. It is kept: a graph may read its assets, such as vocabularies, on any run.
    private let unpacked: String
    /// Functions in a graph may loop.
    let hasBoundedCost = false

    /// - Parameters:
    ///   - folder: The folder with `saved_model.pb`.
    ///   - unpacked: `folder` or a folder above it, which the model removes when it is freed. If `init` throws, the caller
    ///     removes it.
    init(folder: String, unpacked: String, runtime: TensorFlowRuntime) throws(RuntimeError) {
        self.runtime = runtime
        self.unpacked = unpacked
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
            let opened = try runtime.withStatus(calling: [folder: "the archive"]) { status in
                "serve".withCString { tag in
                    var tag: UnsafePointer<CChar>? = tag
                    return runtime.loadSession(options, nil, folder, &tag, 1, graph, metaGraph, status)
                }
            }
            guard let opened else { throw RuntimeError.runFailed(reason: "no session was created") }
            session = opened
        } catch {
            runtime.deleteGraph(graph)
            guard case .runFailed(let reason) = error else { throw error }
            throw .modelRejected(framework: "TensorFlow", reason: reason)
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
                    reason: "it has no signature '\(Self.signatureName)'\(found.isEmpty ? "" : ", only: \(found)")"
                )
            }
            let inputs = try Self.endpoints(served.inputs, "input", graph: graph, runtime: runtime)
            let outputs = try Self.endpoints(served.outputs, "output", graph: graph, runtime: runtime)
            self.inputs = inputs.map(\.output)
            self.outputs = outputs.map(\.output)
            signature = Signature(inputs: inputs.map(\.spec), outputs: outputs.map(\.spec))
        } catch {
            Self.end(session, graph, runtime)
            throw error
        }
    }

    deinit {
        Self.end(session, graph, runtime)
        try? FileManager.default.removeItem(atPath: unpacked)
    }

    private static func end(_ session: OpaquePointer, _ graph: OpaquePointer, _ runtime: TensorFlowRuntime) {
        try? runtime.withStatus { runtime.closeSession(session, $0) }
        try? runtime.withStatus { runtime.deleteSession(session, $0) }
        runtime.deleteGraph(graph)
    }

    // MARK: Signature

    /// Returns the named tensors of a signature. Tensors of one operation are sorted by their index in the graph, so
    /// `StatefulPartitionedCall:2` comes before `:10`; tensors of several operations are sorted by name.
    private static func endpoints(
        _ infos: [String: TensorInfo],
        _ side: String,
        graph: OpaquePointer,
        runtime: TensorFlowRuntime
    ) throws(RuntimeError) -> [(spec: TensorSpec, output: TF_Output)] {
        func rejected(_ reason: String) -> RuntimeError { .modelRejected(framework: "TensorFlow", reason: reason) }
        guard !infos.isEmpty else {
            throw rejected("its signature '\(signatureName)' has no \(side)s")
        }
        var found: [(operation: String, spec: TensorSpec, output: TF_Output)] = []
        // Sorted, so that every process that reads the signature sees the same order.
        for (name, info) in infos.sorted(by: { $0.key < $1.key }) {
            guard !info.name.isEmpty else {
                throw rejected("\(side) '\(name)' is sparse or consists of several tensors; make it one dense tensor")
            }
            let parts = info.name.split(separator: ":")
            let index = parts.count > 1 ? Int32(parts[1]) : 0
            guard let operationName = parts.first.map(String.init), let index, index >= 0,
                let operation = runtime.operationByName(graph, operationName), index < runtime.outputCount(operation)
            else { throw rejected("its graph has no tensor '\(info.name)' for \(side) '\(name)'") }
            guard let dataType = DataType(tensorFlowCode: info.dtype) else {
                let type = DataType.name(ofTensorFlowCode: info.dtype)
                throw rejected(
                    "\(side) '\(name)' is of type \(type), which is not supported. Cast it in the graph to one of: "
                        + DataType.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            var spec = TensorSpec(name: name, dataType: dataType, shape: info.tensorShape.dim.map { Int($0.size) })
            spec.hasAnyRank = info.tensorShape.unknownRank
            found.append((operationName, spec, TF_Output(oper: operation, index: index)))
        }
        if Set(found.map(\.operation)).count == 1 {
            found.sort { ($0.output.index, $0.spec.name) < ($1.output.index, $1.spec.name) }
        }
        return found.map { ($0.spec, $0.output) }
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

    /// Frees a tensor. Strings of an input were allocated here, so they are freed here; the library frees its own strings with
    /// the tensor.
    private func release(_ value: OpaquePointer?, strings: Bool) {
        if strings, let data = runtime.tensorData(value) {
            let count = runtime.tensorByteSize(value) / MemoryLayout<TF_TString>.stride
            let texts = data.bindMemory(to: TF_TString.self, capacity: count)
            for index in 0..<count { runtime.stringDealloc(texts + index) }
        }
        runtime.deleteTensor(value)
    }

    private func readTensor(_ value: OpaquePointer?) throws(RuntimeError) -> Tensor {
        let code = runtime.tensorType(value)
        guard let dataType = DataType(tensorFlowCode: code) else {
            throw .runFailed(
                reason: "an output's data type, \(DataType.name(ofTensorFlowCode: code)), is not supported"
            )
        }
        let shape = (0..<max(runtime.rank(value), 0)).map { Int(runtime.dimension(value, $0)) }
        guard let count = Tensor.elementCount(of: shape) else { throw .impossible(shape) }
        let data = runtime.tensorData(value)
        guard dataType != .bytes else {
            guard count <= runtime.tensorByteSize(value) / MemoryLayout<TF_TString>.stride else {
                throw .impossible(shape)
            }
            let texts = data?.bindMemory(to: TF_TString.self, capacity: count)
            let strings = (0..<count).map { index -> [UInt8] in
                guard let text = texts.map({ $0 + index }), let bytes = runtime.stringData(text) else { return [] }
                return Array(UnsafeRawBufferPointer(start: bytes, count: runtime.stringSize(text)))
            }
            return Tensor(shape: shape, strings: strings)
        }
        guard let byteCount = Tensor.byteCount(of: dataType, shape: shape), byteCount <= runtime.tensorByteSize(value)
        else { throw .impossible(shape) }
        let storage = TensorStorage(byteCount: byteCount)
        storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: data, count: byteCount))
        return Tensor(dataType: dataType, shape: shape, storage: storage)
    }
}
