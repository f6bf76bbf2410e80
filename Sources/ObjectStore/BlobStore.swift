import Foundation

/// The bytes of buckets' objects in a folder, each under a name that the store made up.
///
/// A blob is there completely or not at all: it is written under `incoming/`, flushed to the disk, and then renamed.
package struct BlobStore: Sendable {
    private let blobs: String
    private let incoming: String

    /// Opens the store in `folder`, making it where needed, and removes what uploads cut short have left.
    package init(folder: String) throws {
        blobs = folder + "/blobs"
        incoming = folder + "/incoming-blobs"
        try? FileManager.default.removeItem(atPath: incoming)
        for path in [blobs, incoming] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Where the bytes of a blob are.
    ///
    /// - Precondition: `blob` came from this store, never from a client.
    package func path(of blob: String) -> String { "\(blobs)/\(blob.prefix(2))/\(blob)" }

    /// The names of all blobs.
    package func names() -> [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: blobs)) ?? []
        return folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\(blobs)/\($0)")) ?? [] }
    }

    /// Readers that have the blob open read it to its end.
    package func remove(_ blob: String) { unlink(path(of: blob)) }

    package func beginBlob() throws(ObjectStoreError) -> NewBlob { try NewBlob(store: self, folder: incoming) }

    /// Bytes on their way into the store. Ended without ``finish()``, it leaves nothing behind.
    package final class NewBlob {
        private let store: BlobStore
        private let name = UUID().uuidString.lowercased()
        /// Where the bytes are until ``finish()``.
        package let temporaryPath: String
        /// To be written to; closed with this.
        package let descriptor: Int32

        fileprivate init(store: BlobStore, folder: String) throws(ObjectStoreError) {
            self.store = store
            temporaryPath = folder + "/" + name
            descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw ObjectStore.failure() }
        }

        deinit {
            close(descriptor)
            unlink(temporaryPath)
        }

        package func append(_ bytes: UnsafeRawBufferPointer) throws(ObjectStoreError) {
            try ObjectStore.write(bytes, to: descriptor)
        }

        /// Puts the blob in its place, and answers its name. What this returns survives a crash of the machine.
        package func finish() throws(ObjectStoreError) -> String {
            try ObjectStore.publish(descriptor, temporaryPath, at: store.path(of: name))
            return name
        }
    }
}
