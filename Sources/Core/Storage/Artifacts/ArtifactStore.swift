import Crypto
import Encodings
package import Files
import Foundation

/// Stores artifacts in a folder, each under the SHA-256 of its bytes, so that identical bytes are stored once.
///
/// An artifact exists completely or not at all: it is written to `incoming/`, flushed to the disk, and then renamed.
package struct ArtifactStore: Sendable {
    private let folder: String
    private let incoming: String
    private var artifacts: String { folder + "/sha256" }

    /// Opens the store in `folder`, creates it if necessary, and removes the remains of interrupted uploads.
    package init(folder: String) throws {
        self.folder = folder
        incoming = folder + "/incoming"
        try? FileManager.default.removeItem(atPath: incoming)
        for path in [artifacts, incoming] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Returns the artifact with this digest as a local file, which does not exist if the artifact does not.
    ///
    /// - Precondition: `digest` came from this store, never from a client.
    package func localCopy(of digest: String) -> LocalCopy { LocalCopy(path: path(of: digest)) }

    private func path(of digest: String) -> String { "\(folder)/\(Self.path(of: digest))" }

    /// Returns the path of an artifact in the store's folder.
    package static func path(of digest: String) -> String { "sha256/\(digest.prefix(2))/\(digest)" }

    /// Returns the digests of all artifacts.
    package func digests() -> [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: artifacts)) ?? []
        return folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\(artifacts)/\($0)")) ?? [] }
    }

    package func remove(digest: String) { unlink(path(of: digest)) }

    /// Takes an artifact out of the store at once, whatever its size.
    ///
    /// - Returns: The path of its bytes, which the next ``init(folder:)`` removes at the latest; `nil` if there is no such artifact.
    package func discard(digest: String) -> String? {
        let target = "\(incoming)/\(UUID().uuidString)"
        return rename(path(of: digest), target) == 0 ? target : nil
    }

    package func beginUpload() throws(StorageError) -> Upload {
        try Upload(path: "\(incoming)/\(UUID().uuidString)", store: self)
    }

    /// An artifact that is being written. Without ``finish()``, it leaves nothing behind.
    package final class Upload {
        /// The digest and the size of a stored artifact.
        package struct Stored: Sendable {
            package let digest: String
            package let byteCount: Int
        }

        private let store: ArtifactStore
        private let draft: FileDraft
        private var hash = SHA256()
        package private(set) var byteCount = 0
        /// The first bytes, which identify the kind of artifact.
        package private(set) var head: [UInt8] = []

        fileprivate init(path: String, store: ArtifactStore) throws(StorageError) {
            self.store = store
            do {
                draft = try FileDraft(at: path)
            } catch {
                throw StorageError(error)
            }
        }

        package func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
            hash.update(bufferPointer: bytes)
            byteCount += bytes.count
            if head.count < 16 { head.append(contentsOf: bytes.prefix(16 - head.count)) }
            do {
                try draft.append(bytes)
            } catch {
                throw StorageError(error)
            }
        }

        /// The path of the bytes until ``finish()``, to inspect them before they are stored.
        package var fileToInspect: String { draft.path }

        /// The digest of what was appended.
        package var digest: String { hash.finalize().hexadecimal }

        /// Publishes the artifact, which survives a crash of the machine.
        package func finish() throws(StorageError) -> Stored {
            let digest = digest
            do {
                try draft.publish(at: store.path(of: digest))
            } catch {
                throw StorageError(error)
            }
            return Stored(digest: digest, byteCount: byteCount)
        }
    }
}
