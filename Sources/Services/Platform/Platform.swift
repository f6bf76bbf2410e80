package import Buckets
package import Catalog
import Definitions
import Foundation
package import Logging
import Processes
import Programs
package import Serving
package import Storage
import WorkThreads

/// Workspaces, models, pipelines and custom algorithms: upload, define, deploy, delete.
package final class Platform: Sendable {
    package let serving: Serving
    /// The custom algorithms.
    package let algorithms: AlgorithmStore
    let catalog: Catalog
    /// The artifacts of model versions.
    let store: ArtifactStore
    package let buckets: BucketService
    let inspect: Serving.Inspect
    let logger: Logger
    let keeper: ArtifactKeeper
    let labels: LabelFolders
    /// The pipelines that releases are changing.
    package let released = ReleasedPipelines()
    /// Definitions, deployments and deletions begin one at a time, so that nothing is deployed while it is deleted.
    let changes = Turnstile(capacity: 1)
    /// The logs of what was deleted are removed one at a time, by the deletion or by whoever uses the name first.
    let removals = Turnstile(capacity: 1)

    /// - Parameter inspect: Loads an artifact in isolation and runs it once; throws ``RoostError``.
    package init(
        dataFolder: String,
        catalog: Catalog,
        artifacts: ArtifactStore,
        buckets: BucketService,
        algorithms: AlgorithmStore,
        serving: Serving,
        logger: Logger,
        inspect: @escaping Serving.Inspect
    ) {
        self.catalog = catalog
        store = artifacts
        self.buckets = buckets
        self.algorithms = algorithms
        self.serving = serving
        self.logger = logger
        self.inspect = inspect
        keeper = ArtifactKeeper(artifacts)
        labels = LabelFolders(folder: dataFolder + "/labels")
    }

    /// Removes what a crash during an upload or a deletion left: logs, artifacts and blobs without a record. Call it before anything
    /// is accepted.
    package func removeOrphans() async throws {
        try await removeLogs()
        let wanted = try await catalog.digests()
        for digest in store.digests() where !wanted.contains(digest) { store.remove(digest: digest) }
        try await buckets.removeOrphans(at: Date())
        try await algorithms.removeOrphans()
    }
}
