import Definitions
import Foundation
import Pipelines
import Runtimes
import Storage
import WorkThreads

/// The loaded models, shared by all pipelines that use them. Each version is loaded once, and freed with its last user.
actor LoadedModels {
    private struct Weak {
        weak var model: PreparedModel?
    }

    private let artifacts: ArtifactStore
    private let loader: ModelLoader
    private let output: ProgramOutput
    private let program: Serving.ProgramOf
    private let marks: StartMarks
    private let inspect: Serving.Inspect
    private var loaded: [String: Weak] = [:]
    private var loading: [String: Task<PreparedModel, any Error>] = [:]

    init(
        artifacts: ArtifactStore,
        loader: ModelLoader,
        output: ProgramOutput,
        marks: StartMarks,
        program: @escaping Serving.ProgramOf,
        inspect: @escaping Serving.Inspect
    ) {
        self.artifacts = artifacts
        self.loader = loader
        self.output = output
        self.program = program
        self.marks = marks
        self.inspect = inspect
    }

    /// Returns the model version, loaded and warmed up. Concurrent callers wait for the same load.
    func model(_ version: ModelVersion) async throws -> PreparedModel {
        if let model = loaded[version.id]?.model { return model }
        if let task = loading[version.id] { return try await task.value }
        let task = Task { [artifacts, loader, program, output, marks] in
            try await checkSuspect(version)
            return try await offload {
                let program = program(version)
                let artifact = artifacts.localCopy(of: version.sha256)
                do {
                    return try marks.during(.model(version.id)) {
                        let loaded = try loader.load(
                            version.framework,
                            path: artifact.path,
                            trees: version.boosting?.trees,
                            program: program
                        ) {
                            output.tell(version.id, $0)
                        }
                        if let difference = version.signature.difference(from: loaded.signature) {
                            throw RoostError(
                                .unavailable,
                                "Model '\(version.model)' differs from its recorded signature: \(difference). Upload it again."
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

    /// Reads the signature of a version that was recorded by an earlier release.
    ///
    /// - Returns: The version with its new signature; `nil` if the recorded signature is up to date.
    func readAgain(_ version: ModelVersion) async throws -> ModelVersion? {
        guard version.framework == .tensorflow, version.reading < ModelVersion.currentReading else { return nil }
        var version = version
        version.signature = try await inspect(version.framework, artifacts.localCopy(of: version.sha256).path, nil)
            .signature
        version.reading = ModelVersion.currentReading
        return version
    }

    /// Loads a version in a child process first if it was being loaded when an earlier server died, as it may be the cause.
    private func checkSuspect(_ version: ModelVersion) async throws {
        guard version.framework != .process, marks.suspicion(of: .model(version.id)) != nil else { return }
        do {
            _ = try await inspect(
                version.framework,
                artifacts.localCopy(of: version.sha256).path,
                version.boosting?.trees
            )
        } catch let error as RoostError {
            throw RoostError(
                .unavailable,
                "Model '\(version.model)' was skipped because it was being loaded when the server died, and it also fails in a "
                    + "separate process. \(error.message)"
            )
        }
    }
}
