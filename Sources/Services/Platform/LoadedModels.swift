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
    private let marks: StartMarks
    private let inspect: Platform.Inspect
    private var loaded: [String: Weak] = [:]
    private var loading: [String: Task<PreparedModel, any Error>] = [:]

    init(
        store: ObjectStore,
        loader: ModelLoader,
        algorithms: AlgorithmStore,
        output: ProgramOutput,
        configuration: Platform.Configuration,
        marks: StartMarks,
        inspect: @escaping Platform.Inspect
    ) {
        self.store = store
        self.loader = loader
        self.algorithms = algorithms
        self.output = output
        self.configuration = configuration
        self.marks = marks
        self.inspect = inspect
    }

    /// The model version, loaded and warmed up. Those who ask for it meanwhile wait for the same load.
    func model(_ version: ModelVersion) async throws -> PreparedModel {
        if let model = loaded[version.id]?.model { return model }
        if let task = loading[version.id] { return try await task.value }
        let task = Task { [store, loader, algorithms, output, configuration, marks] in
            try await checkSuspect(version)
            return try await offload {
                let program = algorithms.program(serving: version, configuration)
                let path = store.path(of: version.sha256)
                do {
                    return try marks.during(.model(version.id)) {
                        let loaded = try loader.load(
                            version.framework,
                            path: path,
                            trees: version.boosting?.trees,
                            program: program
                        ) {
                            output.tell(version.id, $0)
                        }
                        if let difference = version.signature.difference(from: loaded.signature) {
                            throw RoostError(
                                .unavailable,
                                "Model '\(version.model)' is not what was recorded of it: \(difference). Upload it again."
                            )
                        }
                        return PreparedModel(version: version, loaded: loaded)
                    }
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

    /// The version, with its signature as it is read today.
    ///
    /// - Returns: `nil` where the record has that already.
    func readAgain(_ version: ModelVersion) async throws -> ModelVersion? {
        guard version.framework == .tensorflow, version.reading < ModelVersion.currentReading else { return nil }
        var version = version
        version.signature = try await inspect(version.framework, store.path(of: version.sha256), nil).signature
        version.reading = ModelVersion.currentReading
        return version
    }

    /// Loads a version in a child process first that was being loaded when an earlier server ended: it may be what ended it.
    private func checkSuspect(_ version: ModelVersion) async throws {
        guard version.framework != .process, marks.suspicion(of: .model(version.id)) != nil else { return }
        do {
            _ = try await inspect(version.framework, store.path(of: version.sha256), version.boosting?.trees)
        } catch let error as RoostError {
            throw RoostError(
                .unavailable,
                "Model '\(version.model)' is left out: it was being loaded when the server ended, and fails in a process of its "
                    + "own too. \(error.message)"
            )
        }
    }
}
