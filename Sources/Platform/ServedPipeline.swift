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

/// The pipelines that answer, by name.
package final class ServedPipelines: Sendable {
    private let byName = Mutex<[String: ServedPipeline]>([:])

    package subscript(name: String) -> ServedPipeline? { byName.withLock { $0[name] } }

    package func all() -> [ServedPipeline] { byName.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    func set(_ pipeline: ServedPipeline) { byName.withLock { $0[pipeline.name] = pipeline } }
    func remove(_ name: String) { _ = byName.withLock { $0.removeValue(forKey: name) } }
}
