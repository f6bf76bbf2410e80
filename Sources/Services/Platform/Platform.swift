import Archives
package import Catalog
package import Definitions
import Foundation
package import InferenceLog
package import Logging
package import ObjectStore
package import Runtimes

/// What a user can do, whatever the dialect: upload, define, deploy, infer, read logs.
package final class Platform: Sendable {
    package struct Configuration: Sendable {
        /// Threads that run models too costly for an event loop.
        package var threadCount = max(2, ProcessInfo.processInfo.activeProcessorCount)
        /// Requests that may wait for such a thread; more are refused as busy.
        package var queueCapacity = 1024
        /// How long a request may run.
        package var runTimeLimit: Duration = .seconds(60)
        /// How long an answer waits for challengers whose outputs it is to hold.
        package var challengerTimeLimit: Duration = .seconds(1)
        package var log = InferenceLog.Configuration()
        /// The path of the `roost` binary, which users' programs that serve models run under.
        package var executable = ""
        /// Bytes of memory that such a program may have.
        package var programMemoryLimit = 8 << 30
        /// The Python that runs users' scripts.
        package var python = "python3"

        package init() {}
    }

    /// Looks at the artifact at a path, of which these trees are to answer.
    package typealias Inspect = @Sendable (Framework, String, TreeSelection?) async throws -> InspectedModel

    package let configuration: Configuration
    package let served = ServedPipelines()
    package let log: InferenceLog
    package let pool: InferencePool
    /// Challengers have threads of their own, so that one that hangs is in nobody's way.
    package let challengerPool: InferencePool
    package let catalog: Catalog
    /// The artifacts of model versions.
    let store: ObjectStore
    /// The bytes of buckets' objects.
    package let blobs: BlobStore
    package let loader: ModelLoader
    /// The algorithms that users added.
    package let algorithms: AlgorithmStore
    /// What the programs that serve models print.
    package let programOutput = ProgramOutput()
    /// What is being loaded or taken up.
    package let marks: StartMarks
    let models: LoadedModels
    let deployments: Deployments
    let inspect: Inspect
    package let logger: Logger
    package let folder: String
    package let scratchFolder: String

    /// Opens everything under `folder`, making it where needed. Nothing is deployed before ``restore()``.
    ///
    /// - Parameter inspect: Loads the artifact at a path and runs it once, where it can do no harm; throws ``RoostError``.
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
        // Programs that serve models have their folders there, and have made of them what they liked.
        try? FolderRemoval.remove(scratchFolder)
        for path in [folder, scratchFolder] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        store = try ObjectStore(folder: folder + "/objects")
        blobs = try BlobStore(folder: folder + "/objects")
        catalog = try Catalog(path: folder + "/roost.sqlite")
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

    /// Removes artifacts and blobs that no record names: uploads that a crash cut short between the two. Only before uploads are taken.
    package func removeOrphans() async throws {
        let wanted = try await catalog.digests()
        for digest in store.digests() where !wanted.contains(digest) { store.remove(digest: digest) }
        try await removeAbandonedUploads(at: Date())
        let named = try await catalog.blobs()
        for blob in blobs.names() where !named.contains(blob) { blobs.remove(blob) }
        try await algorithms.removeOrphans()
    }

    /// Deploys again what was deployed when the server ended.
    package func restore() async throws { try await deployments.restore() }

    /// Shows what was deployed when the server ended, and loads none of it.
    package func restoreNothing() async throws { try await deployments.restore(isSafeMode: true) }

    /// Writes what is still in memory. Called once, at the end.
    package func close() async {
        _ = try? await offload { [log] in log.close() }
    }
}
