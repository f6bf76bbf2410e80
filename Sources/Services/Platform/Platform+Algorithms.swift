import Catalog
package import Definitions
import Foundation
import Logging
package import ObjectStore

extension Platform {
    /// The algorithms that users added.
    package func ownAlgorithms() async throws -> [OwnAlgorithm] { try await algorithms.all() }

    /// Begins to take an algorithm's archive.
    package func beginAlgorithm() throws -> ObjectStore.Upload {
        do {
            return try store.beginUpload()
        } catch {
            throw storageError(error)
        }
    }

    /// Makes an algorithm of what was uploaded.
    package func finishAlgorithm(_ upload: sending ObjectStore.Upload, as name: String) async throws -> OwnAlgorithm {
        guard upload.byteCount > 0 else {
            throw RoostError(.invalidInput, "The body is empty; an archive was expected.", field: "body")
        }
        // The upload's file is gone with the upload: its files are unpacked before.
        let path = upload.temporaryPath
        let algorithm = try await algorithms.add(name, archive: path, now: Date())
        withExtendedLifetime(upload) {}
        logger.info("Algorithm added", metadata: ["algorithm": "\(name)", "algorithm.version": "\(algorithm.version)"])
        return algorithm
    }

    /// Removes an algorithm, and answers what it was.
    ///
    /// - Parameter isKept: Whether a model is still there for the dialect that made it; its versions stay when it is deleted.
    /// - Throws: ``RoostError`` conflict, which names the models and deployed pipelines that need it.
    package func removeAlgorithm(
        named name: String,
        isKept: (ModelVersion) async throws -> Bool
    ) async throws -> OwnAlgorithm {
        if let algorithm = try await algorithms.algorithm(named: name) {
            let users = try await users(of: algorithm, isKept)
            guard users.isEmpty else {
                let shown = users.prefix(10).joined(separator: ", ") + (users.count > 10 ? " …" : "")
                throw RoostError(
                    .conflict,
                    "The algorithm '\(algorithm.name)' serves \(shown). It can be removed once such pipelines are "
                        + "undeployed, and such models are deleted or have a newer version that it does not serve.",
                    field: "algorithm"
                )
            }
        }
        let algorithm = try await algorithms.remove(name)
        logger.info("Algorithm removed", metadata: ["algorithm": "\(name)"])
        return algorithm
    }

    /// Who needs an algorithm, in words.
    private func users(
        of algorithm: OwnAlgorithm,
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
