import Crypto
import Foundation

/// Stores artifacts in a folder, each under the SHA-256 of its bytes, so that identical bytes are stored once.
///
/// An artifact exists completely or not at all: it is written to `incoming/`, flushed to the disk, and then renamed.
package struct ArtifactStore: Sendable {
    private let artifacts: String
    private let incoming: String

    /// Opens the store in `folder`, creates it if necessary, and removes the remains of interrupted uploads.
    package init(folder: String) throws {
        artifacts = folder + "/sha256"
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

    private func path(of digest: String) -> String { "\(artifacts)/\(digest.prefix(2))/\(digest)" }

    /// Returns the digests of all artifacts.
    package func digests() -> [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: artifacts)) ?? []
        return folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\(artifacts)/\($0)")) ?? [] }
    }

    package func remove(digest: String) { unlink(path(of: digest)) }

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

        private let path: String
        private let store: ArtifactStore
        private let descriptor: Int32
        private var hash = SHA256()
        package private(set) var byteCount = 0
        /// The first bytes, which identify the kind of artifact.
        package private(set) var head: [UInt8] = []

        fileprivate init(path: String, store: ArtifactStore) throws(StorageError) {
            self.path = path
            self.store = store
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw ArtifactStore.failure() }
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        package func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
            hash.update(bufferPointer: bytes)
            byteCount += bytes.count
            if head.count < 16 { head.append(contentsOf: bytes.prefix(16 - head.count)) }
            try ArtifactStore.write(bytes, to: descriptor)
        }

        /// The path of the bytes until ``finish()``, to inspect them before they are stored.
        package var fileToInspect: String { path }

        /// Publishes the artifact, which survives a crash of the machine.
        package func finish() throws(StorageError) -> Stored {
            let digest = hash.finalize().map { byte in
                let text = String(byte, radix: 16)
                return text.count == 1 ? "0" + text : text
            }.joined()
            try ArtifactStore.publish(descriptor, path, at: store.path(of: digest))
            return Stored(digest: digest, byteCount: byteCount)
        }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(StorageError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = Foundation.write(descriptor, base, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Flushes the file at `path` and renames it to `target`, whose folder is created if necessary.
    static func publish(_ descriptor: Int32, _ path: String, at target: String) throws(StorageError) {
        guard mkdir(folder(of: target), 0o755) == 0 || errno == EEXIST, fsync(descriptor) == 0,
            rename(path, target) == 0
        else { throw failure() }
        flushFolders(of: target)
    }

    static func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }

    /// Flushes the folder of a file, and the parent folder, because the folder may be new.
    static func flushFolders(of path: String) {
        let folder = folder(of: path)
        flushFolder(folder)
        flushFolder(self.folder(of: folder))
    }

    /// A rename is durable only once its folder is flushed.
    private static func flushFolder(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func failure() -> StorageError {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG: .full
        default: .writeFailed(reason: String(cString: strerror(errno)))
        }
    }
}
