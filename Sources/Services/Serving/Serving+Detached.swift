import InferenceLog
package import Pipelines

extension Serving {
    /// A pipeline that runs exactly as a deployed one does, on the same threads and with the same limits, but that nobody can
    /// reach, and whose inferences are neither logged nor counted.
    ///
    /// - Parameter executable: From ``prepare(_:workspace:version:)``.
    package func detached(_ executable: ExecutablePipeline) -> ServedPipeline {
        ServedPipeline(
            executable,
            log: log.discarding(for: executable.name),
            metrics: PipelineMetrics(pipeline: executable.name)
        )
    }
}
