import Catalog
package import Definitions
import Foundation
import Logging
import Storage

extension Platform {
    /// Returns the custom algorithms.
    package func customAlgorithms() async throws -> [CustomAlgorithm] { try await algorithms.all() }

    /// Begins the upload of an algorithm's archive.
    package func beginAlgorithm() throws -> ArtifactUpload {
        do {
            return ArtifactUpload(try store.beginUpload())
        } catch {
            throw storageError(error)
        }
    }

    /// Adds the algorithm in an uploaded archive.
    package func finishAlgorithm(_ upload: sending ArtifactUpload, as name: String) async throws -> CustomAlgorithm {
        guard upload.byteCount > 0 else {
            throw RoostError(.invalidInput, "The body is empty. Expected an archive.", field: "body")
        }
        // The temporary file disappears with the upload, so the upload must live until the archive is unpacked.
        let path = upload.file.fileToInspect
        let algorithm = try await algorithms.add(name, archive: path, now: Date())
        withExtendedLifetime(upload) {}
        logger.info("Algorithm added", metadata: ["algorithm": "\(name)", "algorithm.version": "\(algorithm.version)"])
        return algorithm
    }

    /// Removes an algorithm, and returns it.
    ///
    /// - Parameter isKept: Returns whether a model still exists for the API that created it. The versions of a deleted model stay
    ///   in the catalog.
    /// - Throws: ``RoostError`` conflict that names the models and deployed pipelines that need the algorithm.
    package func removeAlgorithm(
        named name: String,
        isKept: (ModelVersion) async throws -> Bool
    ) async throws -> CustomAlgorithm {
        if let algorithm = try await algorithms.algorithm(named: name) {
            let users = try await users(of: algorithm, isKept)
            guard users.isEmpty else {
                let shown = users.prefix(10).joined(separator: ", ") + (users.count > 10 ? " …" : "")
                throw RoostError(
                    .conflict,
                    "The algorithm '\(algorithm.name)' serves \(shown). Before you remove it, undeploy these pipelines, "
                        + "and delete these models or upload newer versions that it does not serve.",
                    field: "algorithm"
                )
            }
        }
        let algorithm = try await algorithms.remove(name)
        logger.info("Algorithm removed", metadata: ["algorithm": "\(name)"])
        return algorithm
    }

    /// Returns descriptions of the models and deployed pipelines that need an algorithm.
    private func users(
        of algorithm: CustomAlgorithm,
        _ isKept: (ModelVersion) async throws -> Bool
    ) async throws -> [String] {
        func isServed(_ version: ModelVersion) -> Bool {
            version.algorithm.map { AlgorithmName($0).repository } == algorithm.name
        }
        var users: [String] = []
        for deployment in try await catalog.desiredDeployments() where deployment.isDeployed {
            for reference in deployment.version.steps.flatMap(\.models) {
                guard isServed(try await catalog.modelVersion(reference, in: deployment.workspace)) else { continue }
                users.append("the deployed pipeline '\(deployment.pipeline)' of workspace '\(deployment.workspace)'")
                break
            }
        }
        for version in try await catalog.modelsOfAlgorithms() where isServed(version) {
            guard try await isKept(version) else { continue }
            users.append("the model '\(version.model)' of workspace '\(version.workspace)'")
        }
        return users
    }
}
