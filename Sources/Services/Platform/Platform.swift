import Archives
package import Buckets
package import Catalog
package import Definitions
import Foundation
package import InferenceLog
package import Logging
package import Runtimes
import Storage
import WorkThreads

/// The operations that all APIs share: upload, define, deploy, infer and read logs.
package final class Platform: Sendable {
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
        /// The path of the `roost` binary, which supervises users' programs that serve models.
        package var executable = ""
        /// Bytes of memory that such a program may use.
        package var programMemoryLimit = 8 << 30
        /// The Python that runs users' scripts.
        package var python = "python3"

        package init() {}
    }

    /// Inspects the artifact at a path, of which only the selected trees are used.
    package typealias Inspect = @Sendable (Framework, String, TreeSelection?) async throws -> InspectedModel

    package let configuration: Configuration
    package let served = ServedPipelines()
    package let log: InferenceLog
    package let pool: InferencePool
    /// Challengers have their own threads, so that one that hangs does not delay requests.
    package let challengerPool: InferencePool
    package let catalog: Catalog
    /// The artifacts of model versions.
    let store: ArtifactStore
    package let buckets: BucketService
    package let loader: ModelLoader
    /// The custom algorithms.
    package let algorithms: AlgorithmStore
    /// The output of the programs that serve models.
    package let programOutput = ProgramOutput()
    /// The items that are being loaded or resumed.
    package let marks: StartMarks
    let models: LoadedModels
    let deployments: Deployments
    let inspect: Inspect
    package let logger: Logger
    package let folder: String
    package let scratchFolder: String

    /// Opens the data folder, and creates it if needed. Nothing is deployed before ``restore()``.
    ///
    /// - Parameter inspect: Loads an artifact in isolation and runs it once; throws ``RoostError``.
    package init(
        folder: String,
        configuration: Configuration = Configuration(),
        logger: Logger,
        inspect: @escaping Inspect
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.inspect = inspect
        self.folder = folder
        scratchFolder = folder + "/scratch"
        // First of all, because a newer release's data folder is refused as it is.
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        catalog = try Catalog(path: folder + "/roost.sqlite")
        // The programs that serve models have folders there, and may have set any permissions in them.
        try? FolderRemoval.remove(scratchFolder)
        try FileManager.default.createDirectory(atPath: scratchFolder, withIntermediateDirectories: true)
        store = try ArtifactStore(folder: folder + "/objects")
        buckets = BucketService(catalog: catalog, blobs: try BlobStore(folder: folder + "/objects"))
        log = try InferenceLog(folder: folder + "/logs", configuration: configuration.log)
        marks = try StartMarks(dataFolder: folder)
        loader = ModelLoader(search: RuntimeLibrary.SearchPath(dataFolder: folder), scratchFolder: scratchFolder)
        algorithms = AlgorithmStore(catalog: catalog, store: store, folder: folder + "/algorithms")
        models = LoadedModels(
            store: store,
            loader: loader,
            algorithms: algorithms,
            output: programOutput,
            configuration: configuration,
            marks: marks,
            inspect: inspect
        )
        pool = InferencePool(threadCount: configuration.threadCount, capacity: configuration.queueCapacity)
        challengerPool = InferencePool(threadCount: configuration.threadCount, capacity: configuration.queueCapacity)
        deployments = Deployments(
            catalog: catalog,
            models: models,
            log: log,
            served: served,
            marks: marks,
            logger: logger
        )
    }

    /// Removes artifacts and blobs without a record, which a crash during an upload leaves. Call it before uploads are accepted.
    package func removeOrphans() async throws {
        let wanted = try await catalog.digests()
        for digest in store.digests() where !wanted.contains(digest) { store.remove(digest: digest) }
        try await buckets.removeOrphans(at: Date())
        try await algorithms.removeOrphans()
    }

    /// Redeploys what was deployed when the server stopped.
    package func restore() async throws { try await deployments.restore() }

    /// Shows what was deployed when the server stopped without loading it.
    package func restoreNothing() async throws { try await deployments.restore(isSafeMode: true) }

    /// Writes the log entries that are still in memory. Call it once, at the end.
    package func close() async {
        _ = try? await offload { [log] in log.close() }
    }
}
