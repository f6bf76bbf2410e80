import CRuntimes
import Definitions
import Foundation
import Synchronization
import Tensors

/// XGBoost's library and the functions of it that are called.
///
/// Sendable: constant function pointers of a library that keeps its errors a thread.
final class XGBoostRuntime: @unchecked Sendable {
    static let name = "xgboost"
    private static let oldestVersion = (2, 1, 0)

    let version: String
    let path: String
    private let getLastError: XGBGetLastErrorFunction
    let create: XGBoosterCreateFunction
    let free: XGBoosterFreeFunction
    let load: XGBoosterLoadModelFromBufferFunction
    let setParameter: XGBoosterSetParamFunction
    private let setGlobal: XGBSetGlobalConfigFunction
    fileprivate let featureCount: XGBoosterGetNumFeatureFunction
    fileprivate let predict: XGBoosterPredictFromDenseFunction
    private let createProxy: XGProxyDMatrixCreateFunction
    /// Addresses of proxies that no prediction has at the moment.
    private let proxies = Mutex<[UInt]>([])

    init(path: String) throws(RuntimeError) {
        let library = try SharedLibrary(runtime: Self.name, path: path)
        let getVersion = try library.function("XGBoostVersion", as: XGBoostVersionFunction.self)
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        getVersion(&major, &minor, &patch)
        version = "\(major).\(minor).\(patch)"
        guard (Int(major), Int(minor), Int(patch)) >= Self.oldestVersion else {
            throw .versionTooOld(runtime: Self.name, found: version, needed: "2.1.0")
        }
        self.path = path
        getLastError = try library.function("XGBGetLastError", as: XGBGetLastErrorFunction.self)
        create = try library.function("XGBoosterCreate", as: XGBoosterCreateFunction.self)
        free = try library.function("XGBoosterFree", as: XGBoosterFreeFunction.self)
        load = try library.function("XGBoosterLoadModelFromBuffer", as: XGBoosterLoadModelFromBufferFunction.self)
        setParameter = try library.function("XGBoosterSetParam", as: XGBoosterSetParamFunction.self)
        featureCount = try library.function("XGBoosterGetNumFeature", as: XGBoosterGetNumFeatureFunction.self)
        predict = try library.function("XGBoosterPredictFromDense", as: XGBoosterPredictFromDenseFunction.self)
        createProxy = try library.function("XGProxyDMatrixCreate", as: XGProxyDMatrixCreateFunction.self)
        setGlobal = try library.function("XGBSetGlobalConfig", as: XGBSetGlobalConfigFunction.self)
        // Warnings would go to the server's output, unstructured.
        setVerbosity(0)
    }

    /// Lends a proxy, what XGBoost holds the rows of a prediction with, to one call at a time.
    ///
    /// Without one, XGBoost makes its own for each prediction, and each of these reads the limits of the control group from
    /// files again: more work than a small model.
    fileprivate func withProxy<Result>(_ body: (DMatrixHandle?) -> Result) -> Result {
        var proxy = proxies.withLock { $0.popLast() }.flatMap { DMatrixHandle(bitPattern: $0) }
        if proxy == nil, createProxy(&proxy) != 0 { proxy = nil }
        defer { if let proxy { proxies.withLock { $0.append(UInt(bitPattern: proxy)) } } }
        return body(proxy)
    }

    func setVerbosity(_ level: Int) { _ = setGlobal(#"{"verbosity": \#(level)}"#) }

    /// The first line of the last error on this thread, without the source file that it names.
    func lastError() -> String {
        let text = getLastError().map { String(cString: $0) } ?? "unknown reason"
        let line = text.split(separator: "\n").first.map(String.init) ?? text
        return line.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? line
    }
}

/// Owns one XGBoost `BoosterHandle`.
///
/// Sendable: XGBoost documents in-place prediction (`XGBoosterPredictFromDense`) as safe to call on one booster from many
/// threads; nothing else is called after `init`.
final class XGBoostModel: LoadedModel, @unchecked Sendable {
    private let runtime: XGBoostRuntime
    private let booster: BoosterHandle
    let signature: Signature
    let hasBoundedCost = true

    /// - Parameter bytes: A model as XGBoost saves it, JSON or UBJSON.
    init(bytes: UnsafeRawBufferPointer, runtime: XGBoostRuntime) throws(RuntimeError) {
        self.runtime = runtime
        var handle: BoosterHandle?
        guard runtime.create(nil, 0, &handle) == 0, let handle else {
            throw .runFailed(reason: runtime.lastError())
        }
        booster = handle
        var features: UInt64 = 0
        guard runtime.load(handle, bytes.baseAddress, UInt64(bytes.count)) == 0,
            // Requests run side by side; within one, threads would only get in each other's way.
            runtime.setParameter(handle, "nthread", "1") == 0,
            runtime.featureCount(handle, &features) == 0
        else {
            let reason = runtime.lastError()
            _ = runtime.free(handle)
            throw .modelRejected(framework: "XGBoost", reason: reason)
        }
        let width = Int(features)
        var outputs = 1
        do {
            let probe = Tensor(.fp32, shape: [1, width], elements: [Float](repeating: 0, count: width))
            outputs = try Self.predict(probe, booster: handle, runtime: runtime).shape[1]
        } catch {
            _ = runtime.free(handle)
            throw .modelRejected(framework: "XGBoost", reason: error.description)
        }
        signature = Signature(
            inputs: [TensorSpec(name: "input", dataType: .fp32, shape: [-1, width])],
            outputs: [TensorSpec(name: "output", dataType: .fp32, shape: [-1, outputs])]
        )
    }

    deinit { _ = runtime.free(booster) }

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        [try Self.predict(inputs[0], booster: booster, runtime: runtime)]
    }

    private static func predict(
        _ input: Tensor,
        booster: BoosterHandle,
        runtime: XGBoostRuntime
    ) throws(RuntimeError) -> Tensor {
        let rows = input.shape[0]
        // NumPy's array interface, as JSON; XGBoost refuses a null pointer even for no rows.
        guard rows > 0, let address = input.storage.bytes.baseAddress else {
            throw .runFailed(reason: "XGBoost takes at least one row")
        }
        let values =
            #"{"data":[\#(UInt(bitPattern: address)),true],"shape":[\#(rows),\#(input.shape[1])],"typestr":"<f4","version":3}"#
        var shape: UnsafePointer<UInt64>?
        var rank: UInt64 = 0
        var result: UnsafePointer<Float>?
        let status = withExtendedLifetime(input) {
            runtime.withProxy { proxy in
                runtime.predict(booster, values, predictConfiguration, proxy, &shape, &rank, &result)
            }
        }
        guard status == 0, let shape, let result else { throw .runFailed(reason: runtime.lastError()) }
        let dimensions = UnsafeBufferPointer(start: shape, count: Int(rank)).map { Int($0) }
        // The result belongs to this thread's booster state until the next call: copied at once.
        let count = dimensions.reduce(1, *)
        let storage = TensorStorage(byteCount: count * MemoryLayout<Float>.stride)
        storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: result, count: storage.byteCount))
        return Tensor(dataType: .fp32, shape: [rows, count / rows], storage: storage)
    }

    /// Predicted values of all trees, with the answer's shape as the objective has it. NaN stands for a missing value.
    private static let predictConfiguration =
        #"{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0}"#
}
