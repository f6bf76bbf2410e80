import Definitions
package import InferenceLog
package import Pipelines
import Synchronization

/// A pipeline that answers: what a request finds under its name.
package final class ServedPipeline: Sendable {
    package let name: String
    package let log: InferenceStream
    package let metrics: PipelineMetrics
    private let state: Mutex<ServedVersion>

    init(_ executable: ExecutablePipeline, log: InferenceStream, metrics: PipelineMetrics) {
        name = executable.name
        self.log = log
        self.metrics = metrics
        state = Mutex(ServedVersion(executable, metrics: metrics))
    }

    /// What new requests run. Who has it keeps its models loaded until done.
    package var current: ServedVersion { state.withLock { $0 } }

    /// New requests run `executable` from here on; those that are running finish with what they have.
    func swap(to executable: ExecutablePipeline) {
        let version = ServedVersion(executable, metrics: metrics)
        // The old version may be freed with this, and its models with it: not under the lock.
        let old = state.withLock { current in
            let old = current
            current = version
            return old
        }
        withExtendedLifetime(old) {}
    }
}

/// A version of a pipeline that answers, with what is counted and logged of each of its models.
package final class ServedVersion: Sendable {
    /// What a run of a model is counted and logged under.
    struct Model: Sendable {
        let metrics: ModelMetrics
        let champion: LogSubject
        let challenger: LogSubject
    }

    package let executable: ExecutablePipeline
    /// In the order of the executable's models.
    let models: [Model]

    init(_ executable: ExecutablePipeline, metrics: PipelineMetrics) {
        self.executable = executable
        models = executable.models.map { model in
            func subject(_ role: InferenceRecord.Role) -> LogSubject {
                LogSubject(
                    modelName: model.name,
                    modelVersion: model.version.id,
                    role: role,
                    pipelineName: executable.name,
                    pipelineVersion: executable.versionID
                )
            }
            return Model(
                metrics: metrics.model(model.version),
                champion: subject(.champion),
                challenger: subject(.challenger)
            )
        }
    }
}

/// The pipelines that answer, by name; and by their own names the models that are loaded for them.
package final class ServedPipelines: Sendable {
    private struct State {
        var pipelines: [String: ServedPipeline] = [:]
        /// Each loaded model version as a pipeline of one step, by the model's name, newest version first.
        var models: [String: [ServedPipeline]] = [:]
    }

    private let state = Mutex(State())

    package subscript(name: String) -> ServedPipeline? { state.withLock { $0.pipelines[name] } }

    package func all() -> [ServedPipeline] {
        state.withLock { Array($0.pipelines.values) }.sorted { $0.name < $1.name }
    }

    /// The loaded versions of the models with this name, newest first.
    package func models(named name: String) -> [ServedPipeline] { state.withLock { $0.models[name] ?? [] } }

    func set(_ pipeline: ServedPipeline) { state.withLock { $0.pipelines[pipeline.name] = pipeline } }
    func remove(_ name: String) { _ = state.withLock { $0.pipelines.removeValue(forKey: name) } }
    func setModels(_ models: [String: [ServedPipeline]]) { state.withLock { $0.models = models } }
}
