import CStorage
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

    /// Opens a blob to read it, also after it was removed; `nil` where it is not there any more.
    ///
    /// - Parameter byteCount: What its record says that it has.
    /// - Throws: ``ObjectStoreError/damaged(name:expected:actual:)`` where that is not so.
    package func openBlob(_ blob: String, byteCount: Int) throws(ObjectStoreError) -> OpenBlob? {
        let descriptor = open(path(of: blob), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw ObjectStore.failure()
        }
        let opened = OpenBlob(descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ObjectStore.failure() }
        guard Int(status.st_size) == byteCount else {
            throw .damaged(name: blob, expected: byteCount, actual: Int(status.st_size))
        }
        return opened
    }

    /// How ``copy(_:byteCount:to:)`` ended.
    package enum CopyOutcome: Sendable {
        case copied
        /// The blob is not there any more.
        case gone
        /// There is something at the path already.
        case taken
    }

    /// Copies a blob to a new file, which may be changed without the blob. Blocks.
    package func copy(_ blob: String, byteCount: Int, to path: String) throws(ObjectStoreError) -> CopyOutcome {
        guard let source = try openBlob(blob, byteCount: byteCount) else { return .gone }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard target >= 0 else {
            if errno == EEXIST { return .taken }
            throw ObjectStore.failure()
        }
        defer { close(target) }
        guard copy_whole_file(source.descriptor, target, Int64(byteCount)) == 0 else { throw ObjectStore.failure() }
        return .copied
    }

    /// Gives the bytes of a blob a second name, which lives on its own: blobs never change. `nil` where it is not there any more.
    package func duplicate(_ blob: String, byteCount: Int) throws(ObjectStoreError) -> String? {
        guard try openBlob(blob, byteCount: byteCount) != nil else { return nil }
        let name = UUID().uuidString.lowercased()
        let target = path(of: name)
        guard mkdir(ObjectStore.folder(of: target), 0o755) == 0 || errno == EEXIST else { throw ObjectStore.failure() }
        guard link(path(of: blob), target) == 0 else {
            if errno == ENOENT { return nil }
            throw ObjectStore.failure()
        }
        ObjectStore.flushFolders(of: target)
        return name
    }

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

        /// Appends bytes of another blob, without taking them into memory.
        package func append(_ blob: OpenBlob, from offset: Int = 0, byteCount: Int) throws(ObjectStoreError) {
            let end = lseek(descriptor, 0, SEEK_CUR)
            guard append_file_range(blob.descriptor, Int64(offset), descriptor, Int64(byteCount)) == 0 else {
                throw ObjectStore.failure()
            }
            beginWriteback(from: Int(end), byteCount: byteCount)
        }

        /// Has the disk begin with what was written in a range, so that ``finish()`` has less to wait for.
        func beginWriteback(from offset: Int, byteCount: Int) {
            begin_writeback(descriptor, Int64(offset), Int64(byteCount))
        }

        /// Puts the blob in its place, and answers its name. What this returns survives a crash of the machine.
        package func finish() throws(ObjectStoreError) -> String {
            try ObjectStore.publish(descriptor, temporaryPath, at: store.path(of: name))
            return name
        }
    }
}

/// A blob that is open to be read.
package final class OpenBlob: Sendable {
    fileprivate let descriptor: Int32

    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Reads into `buffer` what begins at `offset`. Blocks.
    ///
    /// - Returns: How many bytes there were, 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ObjectStoreError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw ObjectStore.failure() }
        }
    }
}
