extension RuntimeLibrary {
    /// Loads the library into this process, which it may crash, to see whether it can be used.
    package func load() throws(RuntimeError) {
        switch name {
        case .onnx: _ = try OnnxRuntime(path: path)
        case .tensorflow: _ = try TensorFlowRuntime(path: path)
        case .xgboost: _ = try XGBoostRuntime(path: path)
        }
    }
}
