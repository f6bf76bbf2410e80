import Crypto
import Foundation

/// Why an object could not be stored.
package enum ObjectStoreError: Error, CustomStringConvertible {
    case writeFailed(reason: String)
    /// No room is left.
    case full
    /// What is stored is not what was stored: somebody has changed the file.
    case damaged(name: String, expected: Int, actual: Int)

    package var description: String {
        switch self {
        case .writeFailed(let reason): "The object cannot be stored: \(reason)."
        case .full: "The object cannot be stored: the disk is full."
        case .damaged(let name, let expected, let actual):
            "The stored object '\(name)' is damaged: it has \(actual) bytes, but \(expected) were stored."
        }
    }
}

/// Artifacts in a folder, each under the SHA-256 of its bytes, so that the same bytes are there once.
///
/// An object is there completely or not at all: it is written under `incoming/`, flushed to the disk, and then renamed.
package struct ObjectStore: Sendable {
    private let objects: String
    private let incoming: String

    /// Opens the store in `folder`, making it where needed, and removes what uploads cut short have left.
    package init(folder: String) throws {
        objects = folder + "/sha256"
        incoming = folder + "/incoming"
        try? FileManager.default.removeItem(atPath: incoming)
        for path in [objects, incoming] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Where the object with this digest is, or would be.
    ///
    /// - Precondition: `digest` came from this store, never from a client.
    package func path(of digest: String) -> String { "\(objects)/\(digest.prefix(2))/\(digest)" }

    /// The digests of all objects.
    package func digests() -> [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: objects)) ?? []
        return folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\(objects)/\($0)")) ?? [] }
    }

    package func remove(digest: String) { unlink(path(of: digest)) }

    package func beginUpload() throws(ObjectStoreError) -> Upload {
        try Upload(path: "\(incoming)/\(UUID().uuidString)", store: self)
    }

    /// Bytes on their way into the store. Ended without ``finish()``, it leaves nothing behind.
    package final class Upload {
        /// A digest and the number of bytes that it is of.
        package struct Stored: Sendable {
            package let digest: String
            package let byteCount: Int
        }

        private let path: String
        private let store: ObjectStore
        private let descriptor: Int32
        private var hash = SHA256()
        package private(set) var byteCount = 0
        /// The first bytes, by which a kind of artifact is told.
        package private(set) var head: [UInt8] = []

        fileprivate init(path: String, store: ObjectStore) throws(ObjectStoreError) {
            self.path = path
            self.store = store
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw ObjectStore.failure() }
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        package func append(_ bytes: UnsafeRawBufferPointer) throws(ObjectStoreError) {
            hash.update(bufferPointer: bytes)
            byteCount += bytes.count
            if head.count < 16 { head.append(contentsOf: bytes.prefix(16 - head.count)) }
            try ObjectStore.write(bytes, to: descriptor)
        }

        /// Where the bytes are until ``finish()``, to be looked at first.
        package var temporaryPath: String { path }

        /// Puts the object in its place. What this returns survives a crash of the machine.
        package func finish() throws(ObjectStoreError) -> Stored {
            let digest = hash.finalize().map { byte in
                let text = String(byte, radix: 16)
                return text.count == 1 ? "0" + text : text
            }.joined()
            try ObjectStore.publish(descriptor, path, at: store.path(of: digest))
            return Stored(digest: digest, byteCount: byteCount)
        }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ObjectStoreError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = Foundation.write(descriptor, base, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Flushes a file that was written at `path`, and renames it to `target`, in a folder that may be new.
    static func publish(_ descriptor: Int32, _ path: String, at target: String) throws(ObjectStoreError) {
        guard mkdir(folder(of: target), 0o755) == 0 || errno == EEXIST, fsync(descriptor) == 0,
            rename(path, target) == 0
        else { throw failure() }
        flushFolders(of: target)
    }

    static func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }

    /// Flushes the folder of a file, which may be new, and the folder that it is in.
    static func flushFolders(of path: String) {
        let folder = folder(of: path)
        flushFolder(folder)
        flushFolder(self.folder(of: folder))
    }

    /// A rename is on the disk only once its folder is.
    private static func flushFolder(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func failure() -> ObjectStoreError {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG: .full
        default: .writeFailed(reason: String(cString: strerror(errno)))
        }
    }
}
