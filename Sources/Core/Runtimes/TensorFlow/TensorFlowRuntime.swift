import CRuntimes
import Foundation
import Tensors

/// TensorFlow's library and the functions that Roost calls.
///
/// Sendable: the function pointers are constant, and every call gets its own status.
final class TensorFlowRuntime: @unchecked Sendable {
    static let name = "tensorflow"

    let version: String
    let path: String
    private let newStatus: TF_NewStatusFunction
    private let deleteStatus: TF_DeleteStatusFunction
    private let getCode: TF_GetCodeFunction
    private let getMessage: TF_MessageFunction
    let newBuffer: TF_NewBufferFunction
    let deleteBuffer: TF_DeleteBufferFunction
    let newGraph: TF_NewGraphFunction
    let deleteGraph: TF_DeleteGraphFunction
    let newSessionOptions: TF_NewSessionOptionsFunction
    let deleteSessionOptions: TF_DeleteSessionOptionsFunction
    let setConfig: TF_SetConfigFunction
    let loadSession: TF_LoadSessionFromSavedModelFunction
    let closeSession: TF_CloseSessionFunction
    let deleteSession: TF_DeleteSessionFunction
    let operationByName: TF_GraphOperationByNameFunction
    let outputCount: TF_OperationNumOutputsFunction
    let sessionRun: TF_SessionRunFunction
    let allocateTensor: TF_AllocateTensorFunction
    let deleteTensor: TF_DeleteTensorFunction
    let tensorType: TF_TensorTypeFunction
    let rank: TF_NumDimsFunction
    let dimension: TF_DimFunction
    let tensorByteSize: TF_TensorByteSizeFunction
    let tensorData: TF_TensorDataFunction
    let stringInit: TF_StringInitFunction
    let stringCopy: TF_StringCopyFunction
    let stringData: TF_StringGetDataPointerFunction
    let stringSize: TF_StringGetSizeFunction
    let stringDealloc: TF_StringDeallocFunction

    init(path: String) throws(RuntimeError) {
        // Its log would go unstructured to the server's output.
        setenv("TF_CPP_MIN_LOG_LEVEL", "3", 0)
        let library = try SharedLibrary(runtime: Self.name, path: path)
        self.path = path
        let getVersion = try library.function("TF_Version", as: TF_VersionFunction.self)
        version = getVersion().map { String(cString: $0) } ?? "unknown"
        newStatus = try library.function("TF_NewStatus", as: TF_NewStatusFunction.self)
        deleteStatus = try library.function("TF_DeleteStatus", as: TF_DeleteStatusFunction.self)
        getCode = try library.function("TF_GetCode", as: TF_GetCodeFunction.self)
        getMessage = try library.function("TF_Message", as: TF_MessageFunction.self)
        newBuffer = try library.function("TF_NewBuffer", as: TF_NewBufferFunction.self)
        deleteBuffer = try library.function("TF_DeleteBuffer", as: TF_DeleteBufferFunction.self)
        newGraph = try library.function("TF_NewGraph", as: TF_NewGraphFunction.self)
        deleteGraph = try library.function("TF_DeleteGraph", as: TF_DeleteGraphFunction.self)
        newSessionOptions = try library.function("TF_NewSessionOptions", as: TF_NewSessionOptionsFunction.self)
        deleteSessionOptions = try library.function(
            "TF_DeleteSessionOptions",
            as: TF_DeleteSessionOptionsFunction.self
        )
        setConfig = try library.function("TF_SetConfig", as: TF_SetConfigFunction.self)
        loadSession = try library.function(
            "TF_LoadSessionFromSavedModel",
            as: TF_LoadSessionFromSavedModelFunction.self
        )
        closeSession = try library.function("TF_CloseSession", as: TF_CloseSessionFunction.self)
        deleteSession = try library.function("TF_DeleteSession", as: TF_DeleteSessionFunction.self)
        operationByName = try library.function("TF_GraphOperationByName", as: TF_GraphOperationByNameFunction.self)
        outputCount = try library.function("TF_OperationNumOutputs", as: TF_OperationNumOutputsFunction.self)
        sessionRun = try library.function("TF_SessionRun", as: TF_SessionRunFunction.self)
        allocateTensor = try library.function("TF_AllocateTensor", as: TF_AllocateTensorFunction.self)
        deleteTensor = try library.function("TF_DeleteTensor", as: TF_DeleteTensorFunction.self)
        tensorType = try library.function("TF_TensorType", as: TF_TensorTypeFunction.self)
        rank = try library.function("TF_NumDims", as: TF_NumDimsFunction.self)
        dimension = try library.function("TF_Dim", as: TF_DimFunction.self)
        tensorByteSize = try library.function("TF_TensorByteSize", as: TF_TensorByteSizeFunction.self)
        tensorData = try library.function("TF_TensorData", as: TF_TensorDataFunction.self)
        stringInit = try library.function("TF_StringInit", as: TF_StringInitFunction.self)
        stringCopy = try library.function("TF_StringCopy", as: TF_StringCopyFunction.self)
        stringData = try library.function("TF_StringGetDataPointer", as: TF_StringGetDataPointerFunction.self)
        stringSize = try library.function("TF_StringGetSize", as: TF_StringGetSizeFunction.self)
        stringDealloc = try library.function("TF_StringDealloc", as: TF_StringDeallocFunction.self)
    }

    /// Calls `body` with a new status, and throws if it reports an error.
    ///
    /// - Parameter names: Replacements for paths that the message may contain.
    func withStatus<Result>(
        calling names: [String: String] = [:],
        _ body: (OpaquePointer?) -> Result
    ) throws(RuntimeError) -> Result {
        let status = newStatus()
        defer { deleteStatus(status) }
        let result = body(status)
        guard getCode(status) == 0 else {
            let message = getMessage(status).map { String(cString: $0) } ?? "unknown reason"
            // The lines after the first one are a stack trace of the graph.
            let line = message.split(separator: "\n").first.map(String.init) ?? message
            throw .runFailed(reason: RuntimeMessage.told(line, calling: names))
        }
        return result
    }
}

extension DataType {
    /// TensorFlow's number of the type (`DataType` in types.proto).
    var tensorFlowCode: Int32 {
        switch self {
        case .fp32: 1
        case .fp64: 2
        case .int32: 3
        case .uint8: 4
        case .int16: 5
        case .int8: 6
        case .bytes: 7
        case .int64: 9
        case .bool: 10
        case .uint16: 17
        case .fp16: 19
        case .uint32: 22
        case .uint64: 23
        }
    }

    /// Returns the name of TensorFlow's type number in the Open Inference Protocol, or TensorFlow's name if it has none there.
    static func name(ofTensorFlowCode code: Int32) -> String {
        let others: [Int32: String] = [
            8: "COMPLEX64", 11: "QINT8", 12: "QUINT8", 13: "QINT32", 14: "BFLOAT16", 15: "QINT16", 16: "QUINT16",
            18: "COMPLEX128", 20: "RESOURCE", 21: "VARIANT", 24: "FLOAT8_E5M2", 25: "FLOAT8_E4M3FN",
            26: "FLOAT8_E4M3FNUZ", 27: "FLOAT8_E4M3B11FNUZ", 28: "FLOAT8_E5M2FNUZ", 29: "INT4", 30: "UINT4", 31: "INT2",
            32: "UINT2",
        ]
        // A reference has the number of its type plus 100.
        return DataType(tensorFlowCode: code)?.rawValue ?? others[code]
            ?? (code > 100 ? "a reference to \(name(ofTensorFlowCode: code - 100))" : "an unknown type")
    }

    init?(tensorFlowCode: Int32) {
        guard let match = DataType.allCases.first(where: { $0.tensorFlowCode == tensorFlowCode }) else { return nil }
        self = match
    }
}
