package import Catalog
package import Definitions
package import Foundation
package import Storage
import WorkThreads

/// Buckets and their objects: each object's record together with its bytes.
package struct BucketService: Sendable {
    let catalog: Catalog
    /// The objects' bytes.
    let blobs: BlobStore
    /// Removes what the rules of buckets say.
    package let expiry: ObjectExpiry

    package init(catalog: Catalog, blobs: BlobStore) {
        self.catalog = catalog
        self.blobs = blobs
        expiry = ObjectExpiry()
    }

    package func bucket(named name: String) async throws -> BucketRecord? { try await catalog.bucket(named: name) }

    package func buckets() async throws -> [BucketRecord] { try await catalog.buckets() }

    /// Creates a bucket. Returns `false` if it already exists.
    package func addBucket(_ name: String, region: String, at time: Date) async throws -> Bool {
        try await catalog.addBucket(name, region: region, at: time)
    }

    /// Removes a bucket without objects, its unfinished uploads and their bytes.
    package func removeBucket(_ name: String) async throws -> BucketRemoval {
        let removal = try await catalog.removeBucket(name)
        if case .removed(let unused) = removal { await remove(blobs: unused) }
        return removal
    }

    /// Removes abandoned uploads, and bytes without a record, which a crash during an upload leaves. Call it before uploads are
    /// accepted.
    package func removeOrphans(at time: Date) async throws {
        try await removeAbandonedUploads(at: time)
        let named = try await catalog.blobs()
        for blob in blobs.names() where !named.contains(blob) { blobs.remove(blob) }
    }

    /// Removes blobs that no record refers to. This can take a while for large files.
    func remove(blobs names: [String]) async {
        guard !names.isEmpty else { return }
        _ = try? await offload { [blobs] in for name in names { blobs.remove(name) } }
    }
}

/// Why an object could not be read.
package enum BucketError: Error {
    /// The object was replaced each time it was opened.
    case objectChanging
    /// The source of a copy was replaced before it was copied.
    case sourceReplaced
    /// A part of an upload was replaced before it was joined.
    case partReplaced
    /// The disk lost bytes: an object never changes once it is stored.
    case bytesMissing
}
