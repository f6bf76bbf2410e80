package import Catalog
package import Definitions
package import Logging
package import Platform

/// Training, tuning and transform jobs: takes them, runs them in turn, stops them, and says how they stand.
package final class JobService: Sendable {
    package struct Configuration: Sendable {
        /// The path of the `roost` binary, which jobs run as child processes of.
        package var executable: String
        /// Jobs that run at once; others wait.
        package var concurrency = 3
        /// Threads of one job.
        package var threadCount = 1
        /// Bytes of memory that one job may have.
        package var memoryLimit = 8 << 30

        package init(executable: String) { self.executable = executable }
    }

    package let platform: Platform
    package let configuration: Configuration
    let logger: Logger

    package init(platform: Platform, configuration: Configuration, logger: Logger) {
        self.platform = platform
        self.configuration = configuration
        self.logger = logger
    }

    /// Takes up again what was not over when the server ended.
    package func restore() async throws {}

    /// Ends what runs, so that a later ``restore()`` takes it up.
    package func close() async {}

    // MARK: Training

    /// - Parameter request: What the dialect wants to read back with the job.
    package func train(_ definition: TrainingDefinition, request: String? = nil) async throws -> TrainingJob {
        throw RoostError(.unavailable, "Training is not there yet.")
    }

    package func stopTraining(_ name: String) async throws { throw RoostError(.unavailable, "Not there yet.") }

    // MARK: Tuning

    package func tune(_ definition: TuningDefinition, request: String? = nil) async throws -> TuningJob {
        throw RoostError(.unavailable, "Tuning is not there yet.")
    }

    package func stopTuning(_ name: String) async throws { throw RoostError(.unavailable, "Not there yet.") }

    // MARK: Transform

    package func transform(_ definition: TransformDefinition, request: String? = nil) async throws -> TransformJob {
        throw RoostError(.unavailable, "Transform is not there yet.")
    }

    package func stopTransform(_ name: String) async throws { throw RoostError(.unavailable, "Not there yet.") }
}
