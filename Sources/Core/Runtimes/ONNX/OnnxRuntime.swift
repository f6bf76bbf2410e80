import CRuntimes
import Foundation
import Tensors

/// ONNX Runtime: its function table and its only environment, with one thread pool for all sessions.
///
/// Sendable: the table is constant, and the C API documents `OrtEnv` as usable from many threads.
final class OnnxRuntime: @unchecked Sendable {
    static let name = "onnx"
    /// The requested version of the function table; newer libraries still provide it.
    private static let apiVersion: UInt32 = 21
    private static let oldestVersion = "1.21.0"

    let version: String
    let path: String
    let api: UnsafePointer<OrtApi>
    let environment: OpaquePointer
    let allocator: OpaquePointer
    let memoryInfo: OpaquePointer

    init(path: String) throws(RuntimeError) {
        // Recent Linux builds send telemetry by default as soon as the library creates its environment.
        setenv("ORT_DISABLE_TELEMETRY", "1", 1)
        let library = try SharedLibrary(runtime: Self.name, path: path)
        let getBase = try library.function("OrtGetApiBase", as: OrtGetApiBaseFunction.self)
        guard let base = getBase(), let getVersion = base.pointee.GetVersionString, let getApi = base.pointee.GetApi,
            let version = getVersion().map({ String(cString: $0) })
        else { throw .libraryUnusable(runtime: Self.name, path: path, reason: "it has no function table") }
        guard let api = getApi(Self.apiVersion) else {
            throw .versionTooOld(runtime: Self.name, found: version, needed: Self.oldestVersion)
        }
        self.version = version
        self.path = path
        self.api = api

        var options: OpaquePointer?
        try Self.check(api, api.pointee.CreateThreadingOptions(&options))
        defer { api.pointee.ReleaseThreadingOptions(options) }
        try Self.check(
            api,
            api.pointee.SetGlobalIntraOpNumThreads(options, Int32(ProcessInfo.processInfo.activeProcessorCount))
        )
        try Self.check(api, api.pointee.SetGlobalInterOpNumThreads(options, 1))
        // Spinning threads would take cores from the threads that serve requests.
        try Self.check(api, api.pointee.SetGlobalSpinControl(options, 0))
        var environment: OpaquePointer?
        let fatalOnly: Int32 = 4
        try Self.check(api, api.pointee.CreateEnvWithGlobalThreadPools(fatalOnly, "roost", options, &environment))
        var allocator: OpaquePointer?
        try Self.check(api, api.pointee.GetAllocatorWithDefaultOptions(&allocator))
        var memoryInfo: OpaquePointer?
        let deviceAllocator: Int32 = 0
        let defaultMemory: Int32 = 0
        try Self.check(api, api.pointee.CreateCpuMemoryInfo(deviceAllocator, defaultMemory, &memoryInfo))
        guard let environment, let allocator, let memoryInfo else {
            throw .libraryUnusable(runtime: Self.name, path: path, reason: "it created no environment")
        }
        self.environment = environment
        self.allocator = allocator
        self.memoryInfo = memoryInfo
        try check(api.pointee.DisableTelemetryEvents(environment))
    }

    /// - Parameter names: Replacements for paths that the message may contain.
    func check(_ status: OpaquePointer?, calling names: [String: String] = [:]) throws(RuntimeError) {
        try Self.check(api, status, calling: names)
    }

    /// Asks the run that was started with `options` to end.
    func terminate(_ options: OpaquePointer?) {
        if let status = api.pointee.RunOptionsSetTerminate(options) { api.pointee.ReleaseStatus(status) }
    }

    private static func check(
        _ api: UnsafePointer<OrtApi>,
        _ status: OpaquePointer?,
        calling names: [String: String] = [:]
    ) throws(RuntimeError) {
        guard let status else { return }
        let message = api.pointee.GetErrorMessage(status).map { String(cString: $0) } ?? "unknown reason"
        api.pointee.ReleaseStatus(status)
        throw .runFailed(reason: RuntimeMessage.told(message, calling: names))
    }
}

extension DataType {
    /// ONNX's number of the type (`TensorProto.DataType`).
    var onnxCode: Int32 {
        switch self {
        case .fp32: 1
        case .uint8: 2
        case .int8: 3
        case .uint16: 4
        case .int16: 5
        case .int32: 6
        case .int64: 7
        case .bytes: 8
        case .bool: 9
        case .fp16: 10
        case .fp64: 11
        case .uint32: 12
        case .uint64: 13
        }
    }

    init?(onnxCode: Int32) {
        guard let match = DataType.allCases.first(where: { $0.onnxCode == onnxCode }) else { return nil }
        self = match
    }
}
