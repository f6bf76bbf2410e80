/// Why a runtime, a model or a run failed.
package enum RuntimeError: Error, Equatable, CustomStringConvertible {
    case libraryNotFound(runtime: String, tried: [String])
    case libraryUnusable(runtime: String, path: String, reason: String)
    case symbolMissing(runtime: String, path: String, symbol: String)
    case versionTooOld(runtime: String, found: String, needed: String)
    /// The artifact is not a model that the runtime can load. The framework is `nil` if no runtime can.
    case modelRejected(framework: String?, reason: String)
    /// The model failed on this input.
    case runFailed(reason: String)
    /// The program that serves the model gave no response, whatever the input.
    case programFailed(reason: String)
    /// The run exceeded its time limit.
    case cancelled

    package var description: String {
        switch self {
        case .libraryNotFound(let runtime, _):
            "The \(runtime) runtime is not installed. Install it with: roost runtimes install \(runtime)"
        case .libraryUnusable(let runtime, _, let reason):
            "The \(runtime) runtime is installed but cannot be loaded: \(RuntimeMessage.told(reason))"
        case .symbolMissing(let runtime, _, let symbol):
            "The \(runtime) runtime's library has no function \(symbol). Install the supported version with: "
                + "roost runtimes install \(runtime)"
        case .versionTooOld(let runtime, let found, let needed):
            "The \(runtime) runtime is version \(found), but \(needed) or newer is needed. Install it with: "
                + "roost runtimes install \(runtime)"
        case .modelRejected(let framework, let reason):
            "This is not \(Self.article(framework)) model that can be loaded: \(reason)"
        case .runFailed(let reason), .programFailed(let reason): "The model failed: \(reason)"
        case .cancelled: "The run exceeded its time limit and was stopped"
        }
    }

    private static func article(_ framework: String?) -> String {
        switch framework {
        case nil: "a"
        case "ONNX", "XGBoost": "an \(framework ?? "")"
        case let framework?: "a \(framework)"
        }
    }
}
