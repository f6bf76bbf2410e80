package import Buckets
package import Catalog
import Definitions
import Foundation
package import Logging
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

    /// - Parameter inspect: Loads an artifact in isolation and runs it once; throws ``RoostError``.
    package init(
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
    }

    /// Removes artifacts and blobs without a record, which a crash during an upload leaves. Call it before uploads are accepted.
    package func removeOrphans() async throws {
        let wanted = try await catalog.digests()
        for digest in store.digests() where !wanted.contains(digest) { store.remove(digest: digest) }
        try await buckets.removeOrphans(at: Date())
        try await algorithms.removeOrphans()
    }
}
