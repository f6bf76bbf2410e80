package import InferenceLog
package import Pipelines
import Synchronization

/// A pipeline that answers: what a request finds under its name.
package final class ServedPipeline: Sendable {
    package let name: String
    package let log: InferenceStream
    package let metrics: PipelineMetrics
    private let current: Mutex<ExecutablePipeline>

    init(_ executable: ExecutablePipeline, log: InferenceStream, metrics: PipelineMetrics) {
        name = executable.name
        self.log = log
        self.metrics = metrics
        current = Mutex(executable)
    }

    /// What new requests run. Who has it keeps its models loaded until done.
    package var executable: ExecutablePipeline { current.withLock { $0 } }

    /// New requests run `executable` from here on; those that are running finish with what they have.
    func swap(to executable: ExecutablePipeline) { current.withLock { $0 = executable } }
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
