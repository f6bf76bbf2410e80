/// A native library that loads and runs models: what `roost runtimes` installs.
package enum RuntimeName: String, Sendable, CaseIterable {
    case onnx
    case tensorflow
    case xgboost
}
