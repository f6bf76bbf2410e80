import Archives
package import Catalog
package import Definitions
package import Encodings
package import Events
import Foundation
package import InferenceLog
package import Logging
package import Pipelines
package import Programs
package import Runtimes
package import Storage
import Synchronization
import WorkThreads

/// What is deployed and answers: loads models, swaps pipelines, runs requests, counts and logs them.
package final class Serving: Sendable {
    package struct Configuration: Sendable {
        /// Threads for models that are too expensive to run on an event loop.
        package var threadCount = max(2, ProcessInfo.processInfo.activeProcessorCount)
        /// Requests that may wait for such a thread; further ones are refused as busy.
        package var queueCapacity = 1024
        /// How long a request may run.
        package var runTimeLimit: Duration = .seconds(60)
        /// How long a response waits for challengers if it contains their outputs.
        package var challengerTimeLimit: Duration = .seconds(1)
        package var log = InferenceLog.Configuration()

        package init() {}
    }

    /// Inspects the artifact at a path, of which only the selected trees are used.
    package typealias Inspect = @Sendable (Framework, String, TreeSelection?) async throws -> InspectedModel
    /// Returns the program that serves a model version; `nil` if a runtime does.
    package typealias ProgramOf = @Sendable (ModelVersion) -> ServingProgram?

    package let configuration: Configuration
    package let served = ServedPipelines()
    /// The functions before and after models.
    package let functions = PipelineFunctions()
    package let log: InferenceLog
    /// Hashes what the log and the labels keep of keys' values.
    package let keyHash: KeyedHash
    package let pool: InferencePool
    /// Challengers have their own threads, so that one that hangs does not delay requests.
    package let challengerPool: InferencePool
    /// The output of the programs that serve models.
    package let programOutput = ProgramOutput()
    /// What happens to the pipelines is told here.
    package let events: EventLog
    /// The items that are being loaded or resumed.
    package let marks: StartMarks
    /// A folder for what models need while they are loaded.
    package let scratchFolder: String
    private let loader: ModelLoader
    private let deployments: Deployments
    private let limits: LimitEvents
    private let starting = Atomic(false)

    /// - Parameter inspect: Loads an artifact in isolation and runs it once; throws ``RoostError``.
    package init(
        dataFolder: String,
        configuration: Configuration = Configuration(),
        catalog: Catalog,
        artifacts: ArtifactStore,
        events: EventLog,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        program: @escaping ProgramOf,
        inspect: @escaping Inspect
    ) throws {
        self.configuration = configuration
        self.events = events
        scratchFolder = dataFolder + "/scratch"
        // The programs that serve models have folders there, and may have set any permissions in them.
        try? FolderRemoval.remove(scratchFolder)
        try FileManager.default.createDirectory(atPath: scratchFolder, withIntermediateDirectories: true)
        keyHash = try LogSecret.read(dataFolder: dataFolder)
        log = try InferenceLog(folder: dataFolder + "/logs", configuration: configuration.log)
        marks = try StartMarks(dataFolder: dataFolder, clock: clock)
        loader = ModelLoader(search: RuntimeLibrary.SearchPath(dataFolder: dataFolder), scratchFolder: scratchFolder)
        pool = InferencePool(threadCount: configuration.threadCount, capacity: configuration.queueCapacity)
        challengerPool = InferencePool(threadCount: configuration.threadCount, capacity: configuration.queueCapacity)
        limits = LimitEvents(events: events, clock: clock)
        let models = LoadedModels(
            artifacts: artifacts,
            loader: loader,
            output: programOutput,
            marks: marks,
            program: program,
            inspect: inspect
        )
        deployments = Deployments(
            catalog: catalog,
            models: models,
            log: log,
            served: served,
            marks: marks,
            events: events,
            logger: logger,
            clock: clock
        )
    }

    /// Redeploys what was deployed when the server stopped.
    package func restore() async throws {
        defer { starting.store(false, ordering: .relaxed) }
        limits.begin { [deployments] in await deployments.allMetrics() }
        try await deployments.restore()
    }

    /// Says that what was deployed will be restored. Call it before anything is accepted.
    package func prepare() { starting.store(true, ordering: .relaxed) }

    /// Whether what was deployed when the server stopped is not there yet.
    var isStarting: Bool { starting.load(ordering: .relaxed) }

    /// Shows what was deployed when the server stopped without loading it.
    package func restoreNothing() async throws {
        defer { starting.store(false, ordering: .relaxed) }
        try await deployments.restore(isSafeMode: true)
    }

    /// Writes the log entries that are still in memory. Call it once, at the end.
    package func close() async {
        limits.close()
        _ = try? await offload { [log] in log.close() }
    }

    // MARK: Deployments

    /// Loads a version and lets it answer in place of the one that does. Returns before that.
    package func deploy(
        _ name: String,
        workspace: String,
        version: PipelineVersion,
        previous: String? = nil,
        cause: DeploymentCause = DeploymentCause()
    ) async -> Deployment {
        await deployments.deploy(name, workspace: workspace, version: version, previous: previous, cause: cause)
    }

    /// Loads a version that nothing is sent to, such as one that answers logged requests again. Models that are deployed are shared.
    package func prepare(
        _ name: String,
        workspace: String,
        version: PipelineVersion
    ) async throws -> ExecutablePipeline {
        try await deployments.prepare(name, workspace: workspace, version: version)
    }

    /// Returns `nil` if the pipeline was never deployed.
    package func undeploy(_ name: String, by asker: String? = nil) async -> Deployment? {
        await deployments.undeploy(name, by: asker)
    }

    package func deployment(of name: String) async -> Deployment? { await deployments.deployment(of: name) }

    /// Returns all deployments, in no order.
    package func allDeployments() async -> [Deployment] { await deployments.all() }

    /// Returns the deployment once all requested changes are complete.
    package func settledDeployment(of name: String) async -> Deployment? { await deployments.settled(name) }

    /// Returns the pipelines whose deployment is changing.
    package func changing() async -> Set<String> { await deployments.changing() }

    /// Forgets what was deleted.
    package func forget(_ deleted: DeletedRecords) async { await deployments.forget(deleted) }

    /// Returns the metrics of every pipeline that was deployed since the server started.
    package func metrics() async -> [PipelineMetrics] { await deployments.allMetrics() }

    // MARK: Logs

    /// Returns the entries of a pipeline's log that match the query, as JSON objects, newest first.
    package func logEntries(ofPipeline name: String, _ query: LogQuery) async throws -> LogCursor {
        try await offload { [log] in log.entries(of: name, query) }
    }

    /// Returns the entries of a pipeline's log that were written after a place; `nil` for the newest entries.
    package func logTail(
        ofPipeline name: String,
        after position: LogPosition?,
        _ query: LogQuery
    ) async throws -> LogTail {
        try await offload { [log] in
            position.map { log.tail(of: name, after: $0, query) } ?? log.tail(of: name, query)
        }
    }

    /// Returns the entries of the log of a model that was called directly.
    package func logEntries(ofModel name: String, in workspace: String, _ query: LogQuery) async throws -> LogCursor {
        let stream = Self.stream(ofModel: name, in: workspace)
        return try await offload { [log] in log.entries(of: stream, query) }
    }

    /// Returns whether a log has anything. Blocks.
    package func hasEntries(_ name: LogName) -> Bool { log.hasEntries(of: name.stream) }

    /// Removes a log whose pipeline or model was deleted. Blocks.
    package func remove(_ name: LogName) throws { try log.remove(name.stream) }

    /// The log of a model that was called directly. No name begins with an `@`, so it cannot be a pipeline's.
    package static func stream(ofModel name: String, in workspace: String) -> String {
        LogName.model(name, workspace: workspace).stream
    }

    // MARK: Runtimes

    /// Returns the runtimes that are installed, and whether each is loaded.
    package func runtimes() -> [(library: RuntimeLibrary, isLoaded: Bool)] {
        RuntimeLibrary.installed(in: loader.search).map { ($0, loader.loadedVersion(of: $0.name) != nil) }
    }
}

extension LogName {
    /// The name of its stream and its folder.
    var stream: String {
        switch self {
        case .pipeline(let name): name
        case .model(let name, let workspace): "@\(workspace)@\(name)"
        }
    }
}
