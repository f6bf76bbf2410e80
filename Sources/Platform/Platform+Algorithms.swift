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
            throw RoostError(.unavailable, "The upload could not be stored: \(error)")
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
    package func removeAlgorithm(named name: String) async throws -> OwnAlgorithm {
        let algorithm = try await algorithms.remove(name)
        logger.info("Algorithm removed", metadata: ["algorithm": "\(name)"])
        return algorithm
    }
}
