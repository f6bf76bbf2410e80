import Catalog
import Definitions
import Storage

extension Catalog {
    /// Returns the paths in the data folder of all files in its stores that the catalog refers to.
    func storedFiles() async throws -> Set<String> {
        var paths = try await storedArtifacts()
        paths.formUnion(try await blobs().map { "objects/" + BlobStore.path(of: $0) })
        return paths
    }

    /// Returns the paths of those whose names are the digests of their bytes.
    func storedArtifacts() async throws -> Set<String> {
        let code = try await functions().flatMap(\.versions)
            .flatMap { [$0.code] + $0.configuration.layers.compactMap(\.code) }
        let layers = try await functionLayers().flatMap { $0.versions.map(\.code) }
        var paths = Set((code + layers).map { "functions/" + ArtifactStore.path(of: $0.digest) })
        paths.formUnion(try await digests().map { "objects/" + ArtifactStore.path(of: $0) })
        return paths
    }
}
