import Definitions
import Foundation
import ObjectStore
import Pipelines
import Runtimes

/// The loaded models, shared by all pipelines that use them: each version is loaded once, and freed with its last user.
actor LoadedModels {
    private struct Weak {
        weak var model: PreparedModel?
    }

    private let store: ObjectStore
    private let loader: ModelLoader
    private let algorithms: AlgorithmStore
    private let output: ProgramOutput
    private let configuration: Platform.Configuration
    private var loaded: [String: Weak] = [:]
    private var loading: [String: Task<PreparedModel, any Error>] = [:]

    init(
        store: ObjectStore,
        loader: ModelLoader,
        algorithms: AlgorithmStore,
        output: ProgramOutput,
        configuration: Platform.Configuration
    ) {
        self.store = store
        self.loader = loader
        self.algorithms = algorithms
        self.output = output
        self.configuration = configuration
    }

    /// The model version, loaded and warmed up. Those who ask for it meanwhile wait for the same load.
    func model(_ version: ModelVersion) async throws -> PreparedModel {
        if let model = loaded[version.id]?.model { return model }
        if let task = loading[version.id] { return try await task.value }
        let task = Task { [store, loader, algorithms, output, configuration] in
            try await offload {
                let program = algorithms.program(serving: version, configuration)
                let path = store.path(of: version.sha256)
                do {
                    let loaded = try loader.load(version.framework, path: path, program: program) {
                        output.tell(version.id, $0)
                    }
                    return PreparedModel(version: version, loaded: loaded)
                } catch let error as RuntimeError {
                    throw RoostError(.unavailable, "Model '\(version.model)': \(error)")
                }
            }
        }
        loading[version.id] = task
        defer { loading[version.id] = nil }
        let model = try await task.value
        loaded[version.id] = Weak(model: model)
        return model
    }
}
