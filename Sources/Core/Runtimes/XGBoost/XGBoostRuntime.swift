import CRuntimes
import Synchronization
import Tensors

/// XGBoost's library and the functions that Roost calls.
///
/// Sendable: the function pointers are constant, and the library keeps its last error per thread.
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
    let featureInfo: XGBoosterGetStrFeatureInfoFunction
    let predict: XGBoosterPredictFromDenseFunction
    let save: XGBoosterSaveModelToBufferFunction
    let saveConfiguration: XGBoosterSaveJsonConfigFunction
    let fromDense: XGDMatrixCreateFromDenseFunction
    let freeMatrix: XGDMatrixFreeFunction
    let predictMatrix: XGBoosterPredictFromDMatrixFunction
    let attribute: XGBoosterGetAttrFunction
    let rounds: XGBoosterBoostedRoundsFunction
    let slice: XGBoosterSliceFunction
    private let createProxy: XGProxyDMatrixCreateFunction
    /// Addresses of proxies that are not in use.
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
        featureInfo = try library.function("XGBoosterGetStrFeatureInfo", as: XGBoosterGetStrFeatureInfoFunction.self)
        predict = try library.function("XGBoosterPredictFromDense", as: XGBoosterPredictFromDenseFunction.self)
        save = try library.function("XGBoosterSaveModelToBuffer", as: XGBoosterSaveModelToBufferFunction.self)
        saveConfiguration = try library.function(
            "XGBoosterSaveJsonConfig",
            as: XGBoosterSaveJsonConfigFunction.self
        )
        fromDense = try library.function("XGDMatrixCreateFromDense", as: XGDMatrixCreateFromDenseFunction.self)
        freeMatrix = try library.function("XGDMatrixFree", as: XGDMatrixFreeFunction.self)
        predictMatrix = try library.function(
            "XGBoosterPredictFromDMatrix",
            as: XGBoosterPredictFromDMatrixFunction.self
        )
        attribute = try library.function("XGBoosterGetAttr", as: XGBoosterGetAttrFunction.self)
        rounds = try library.function("XGBoosterBoostedRounds", as: XGBoosterBoostedRoundsFunction.self)
        slice = try library.function("XGBoosterSlice", as: XGBoosterSliceFunction.self)
        createProxy = try library.function("XGProxyDMatrixCreate", as: XGProxyDMatrixCreateFunction.self)
        setGlobal = try library.function("XGBSetGlobalConfig", as: XGBSetGlobalConfigFunction.self)
        // Warnings would go unstructured to the server's output.
        setVerbosity(0)
    }

    /// Lends a proxy matrix, which holds the rows of a prediction for XGBoost, to one call at a time.
    ///
    /// Without one, XGBoost creates a proxy for each prediction, and each of these reads the limits of the control group from
    /// files again, which is more work than running a small model.
    func withProxy<Result>(_ body: (DMatrixHandle?) -> Result) -> Result {
        var proxy = proxies.withLock { $0.popLast() }.flatMap { DMatrixHandle(bitPattern: $0) }
        if proxy == nil, createProxy(&proxy) != 0 { proxy = nil }
        defer { if let proxy { proxies.withLock { $0.append(UInt(bitPattern: proxy)) } } }
        return body(proxy)
    }

    /// Returns NumPy's array interface as JSON.
    static func interface(_ address: UnsafeRawPointer?, shape: [Int], type: String) -> String {
        #"{"data":[\#(UInt(bitPattern: address)),true],"shape":\#(shape),"typestr":"\#(type)","version":3}"#
    }

    func setVerbosity(_ level: Int) { _ = setGlobal(#"{"verbosity": \#(level)}"#) }

    /// Returns the first line of the last error on this thread, without the source file that it names.
    func lastError() -> String {
        let text = getLastError().map { String(cString: $0) } ?? "unknown reason"
        let line = text.split(separator: "\n").first.map(String.init) ?? text
        return RuntimeMessage.told(line.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? line)
    }
}

/// The result of a prediction.
struct XGBoostPrediction {
    var shape: UnsafePointer<UInt64>?
    var rank: UInt64 = 0
    var values: UnsafePointer<Float>?

    /// The values in row-major order. The booster overwrites them in its next call on this thread, so copy them at once.
    var elements: UnsafeBufferPointer<Float>? {
        guard let shape, let values else { return nil }
        let lengths = UnsafeBufferPointer(start: shape, count: Int(rank)).map { Int(clamping: $0) }
        guard let count = Tensor.elementCount(of: lengths) else { return nil }
        return UnsafeBufferPointer(start: values, count: count)
    }
}
