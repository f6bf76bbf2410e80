import CStorage
package import Files
import Foundation

/// Stores the bytes of buckets' objects in a folder, each under a generated name.
///
/// A blob exists completely or not at all: it is written to `incoming-blobs/`, flushed to the disk, and then renamed.
package struct BlobStore: Sendable {
    private let folder: String
    private let incoming: String
    private var blobs: String { folder + "/blobs" }

    /// Opens the store in `folder`, creates it if necessary, and removes the remains of interrupted uploads.
    package init(folder: String) throws {
        self.folder = folder
        incoming = folder + "/incoming-blobs"
        try? FileManager.default.removeItem(atPath: incoming)
        for path in [blobs, incoming] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// - Precondition: `blob` came from this store, never from a client.
    func path(of blob: String) -> String { "\(folder)/\(Self.path(of: blob))" }

    /// Returns the path of a blob in the store's folder.
    package static func path(of blob: String) -> String { "blobs/\(blob.prefix(2))/\(blob)" }

    /// Returns the names of all blobs.
    package func names() -> [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: blobs)) ?? []
        return folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\(blobs)/\($0)")) ?? [] }
    }

    /// Removes a blob. Readers that have it open can read it to the end.
    package func remove(_ blob: String) { unlink(path(of: blob)) }

    /// Opens a blob for reading, which continues to work if the blob is removed; `nil` if it no longer exists.
    ///
    /// - Parameter byteCount: The size in the blob's record.
    /// - Throws: ``StorageError/damaged(name:expected:actual:)`` if the size differs.
    package func openBlob(_ blob: String, byteCount: Int) throws(StorageError) -> OpenBlob? {
        let descriptor = open(path(of: blob), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure()
        }
        let opened = OpenBlob(descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure() }
        guard Int(status.st_size) == byteCount else {
            throw .damaged(name: blob, expected: byteCount, actual: Int(status.st_size))
        }
        return opened
    }

    /// Returns a blob as a local file, which disappears if the blob is removed.
    ///
    /// - Parameter byteCount: The size in the blob's record.
    /// - Throws: ``StorageError/damaged(name:expected:actual:)`` if the size differs.
    package func localCopy(of blob: String, byteCount: Int) throws(StorageError) -> LocalCopy {
        _ = try openBlob(blob, byteCount: byteCount)
        return LocalCopy(path: path(of: blob))
    }

    /// The result of ``copy(_:byteCount:to:)``.
    package enum CopyOutcome: Sendable {
        case copied
        /// The blob no longer exists.
        case gone
        /// The path already exists.
        case taken
    }

    /// Copies a blob to a new, independent file. Blocks.
    package func copy(_ blob: String, byteCount: Int, to path: String) throws(StorageError) -> CopyOutcome {
        guard let source = try openBlob(blob, byteCount: byteCount) else { return .gone }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard target >= 0 else {
            if errno == EEXIST { return .taken }
            throw Self.failure()
        }
        defer { close(target) }
        guard copy_whole_file(source.descriptor, target, Int64(byteCount)) == 0 else { throw Self.failure() }
        return .copied
    }

    /// Creates a second, independent name for a blob's bytes, which never change; `nil` if the blob no longer exists.
    package func duplicate(_ blob: String, byteCount: Int) throws(StorageError) -> String? {
        guard try openBlob(blob, byteCount: byteCount) != nil else { return nil }
        let name = UUID().uuidString.lowercased()
        let target = path(of: name)
        do {
            try Files.link(path(of: blob), at: target)
        } catch {
            if case .failed(_, ENOENT) = error { return nil }
            throw StorageError(error)
        }
        return name
    }

    /// Joins blobs in a new one. Blocks.
    ///
    /// - Parameter pieces: Each with the size in its record.
    /// - Returns: The name of the new blob; `nil` if a piece no longer exists.
    package func join(_ pieces: [(blob: String, byteCount: Int)]) throws(StorageError) -> String? {
        if pieces.count == 1 { return try duplicate(pieces[0].blob, byteCount: pieces[0].byteCount) }
        let whole = try beginBlob()
        for piece in pieces {
            guard let blob = try openBlob(piece.blob, byteCount: piece.byteCount) else { return nil }
            try whole.append(blob, byteCount: piece.byteCount)
        }
        return try whole.finish()
    }

    /// The problem that `errno` tells of.
    fileprivate static func failure() -> StorageError { StorageError(FileProblem(path: "")) }

    package func beginBlob() throws(StorageError) -> NewBlob { try NewBlob(store: self, folder: incoming) }

    /// A blob that is being written. Without ``finish()``, it leaves nothing behind.
    package final class NewBlob {
        private let store: BlobStore
        private let name = UUID().uuidString.lowercased()
        private let draft: FileDraft

        fileprivate init(store: BlobStore, folder: String) throws(StorageError) {
            self.store = store
            do {
                draft = try FileDraft(at: folder + "/" + name)
            } catch {
                throw StorageError(error)
            }
        }

        package func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
            do {
                try draft.append(bytes)
            } catch {
                throw StorageError(error)
            }
        }

        /// Appends bytes of another blob, without reading them into memory.
        package func append(_ blob: OpenBlob, from offset: Int = 0, byteCount: Int) throws(StorageError) {
            let end = lseek(draft.descriptor, 0, SEEK_CUR)
            guard append_file_range(blob.descriptor, Int64(offset), draft.descriptor, Int64(byteCount)) == 0 else {
                throw BlobStore.failure()
            }
            beginWriteback(from: Int(end), byteCount: byteCount)
        }

        /// Starts to write a range to the disk, so that ``finish()`` has less to wait for.
        func beginWriteback(from offset: Int, byteCount: Int) {
            begin_writeback(draft.descriptor, Int64(offset), Int64(byteCount))
        }

        /// Publishes the blob and returns its name. The returned blob survives a crash of the machine.
        package func finish() throws(StorageError) -> String {
            do {
                try draft.publish(at: store.path(of: name))
            } catch {
                throw StorageError(error)
            }
            return name
        }
    }
}

/// A blob that is open for reading.
package final class OpenBlob: Sendable {
    fileprivate let descriptor: Int32

    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Reads bytes from `offset` on into `buffer`. Blocks.
    ///
    /// - Returns: The number of bytes read; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw BlobStore.failure() }
        }
    }
}
