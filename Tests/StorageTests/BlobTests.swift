import Checksums
import Encodings
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("Blobs")
struct BlobTests {
    private func files(in folder: String) -> [String] {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return paths.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    private func content(of blob: String, in blobs: BlobStore) -> [UInt8] {
        FileManager.default.contents(atPath: blobs.path(of: blob)).map { Array($0) } ?? []
    }

    /// The MD5 is that of RFC 1321's test suite; the checks are those of the catalog of parametrised CRC algorithms.
    @Test("bytes are stored and hashed together")
    func hashes() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            let writer = try BlobWriter(store: blobs, checksums: [.crc32, .crc32c, .crc64nvme])
            for piece in ["1234", "", "56789"] { try await writer.append(Array(piece.utf8)) }
            let stored = try await writer.finish()
            #expect(stored.byteCount == 9)
            #expect(stored.md5.hexadecimal == "25f9e794323b453885f5181f1b624d0b")
            #expect(stored.checksums[.crc32]?.hexadecimal == "cbf43926")
            #expect(stored.checksums[.crc32c]?.hexadecimal == "e3069283")
            #expect(stored.checksums[.crc64nvme]?.hexadecimal == "ae8b14860a799888")
            #expect(content(of: stored.blob, in: blobs) == Array("123456789".utf8))
        }
    }

    @Test("pieces of any size are stored in order")
    func pieces() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            let writer = try BlobWriter(store: blobs, checksums: [.sha256])
            var all: [UInt8] = []
            for index in 0..<200 {
                let piece = (0..<(index * 397 % 70_000)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
                all += piece
                try await writer.append(piece)
            }
            let stored = try await writer.finish()
            #expect(content(of: stored.blob, in: blobs) == all)
            var hasher = ChecksumHasher(.sha256)
            all.withUnsafeBytes { hasher.update($0) }
            #expect(stored.checksums[.sha256] == hasher.finalize())
        }
    }

    @Test("an unfinished or rejected blob leaves nothing behind")
    func unfinished() async throws {
        struct Refused: Error {}
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            do {
                let writer = try BlobWriter(store: blobs)
                try await writer.append(Array(repeating: 1, count: 3 << 20))
            }
            do {
                let writer = try BlobWriter(store: blobs)
                try await writer.append([1])
                await #expect(throws: Refused.self) { try await writer.finish { _, _, _ in throw Refused() } }
            }
            // Pending writes end first.
            for _ in 0..<500 where !files(in: folder).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            #expect(files(in: folder).isEmpty)
        }
    }

    @Test("a second name for a blob is independent, and an open blob can be read to the end")
    func duplicate() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            let writer = try BlobWriter(store: blobs)
            try await writer.append([1, 2, 3])
            let first = try await writer.finish().blob
            let second = try #require(try blobs.duplicate(first, byteCount: 3))
            let open = try #require(try blobs.openBlob(first, byteCount: 3))
            blobs.remove(first)
            #expect(content(of: second, in: blobs) == [1, 2, 3])
            #expect(blobs.names() == [second])
            #expect(try blobs.openBlob(first, byteCount: 3) == nil)
            #expect(try blobs.duplicate(first, byteCount: 3) == nil)
            var bytes = [UInt8](repeating: 0, count: 8)
            let count = try bytes.withUnsafeMutableBytes { try open.read(into: $0, at: 1) }
            #expect(bytes.prefix(count) == [2, 3])
        }
    }

    @Test("blobs are assembled from ranges of others, and a range that is too long is an error")
    func append() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            let writer = try BlobWriter(store: blobs)
            try await writer.append(Array(0..<100))
            let source = try #require(try blobs.openBlob(try await writer.finish().blob, byteCount: 100))
            let whole = try blobs.beginBlob()
            try whole.append(source, byteCount: 100)
            try whole.append(source, from: 50, byteCount: 10)
            #expect(throws: StorageError.self) { try whole.append(source, from: 90, byteCount: 11) }
            let joined = try blobs.beginBlob()
            try joined.append(source, from: 98, byteCount: 2)
            try joined.append(source, from: 0, byteCount: 2)
            #expect(content(of: try joined.finish(), in: blobs) == [98, 99, 0, 1])
        }
    }
}

@Suite("Blobs that others read")
struct BlobCopyTests {
    private func store(_ text: String, in blobs: BlobStore) async throws -> BlobWriter.Stored {
        let writer = try BlobWriter(store: blobs)
        try await writer.append(Array(text.utf8))
        return try await writer.finish()
    }

    @Test("changing a copy does not change the blob")
    func copies() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            let stored = try await store("123456789", in: blobs)
            let path = folder + "/copy"
            #expect(try blobs.copy(stored.blob, byteCount: 9, to: path) == .copied)
            #expect(try blobs.copy(stored.blob, byteCount: 9, to: path) == .taken)
            let file = try FileHandle(forUpdating: URL(filePath: path))
            #expect(try file.readToEnd() == Data("123456789".utf8))
            try file.seek(toOffset: 0)
            try file.write(contentsOf: Data("xxx".utf8))
            try file.close()
            #expect(FileManager.default.contents(atPath: blobs.path(of: stored.blob)) == Data("123456789".utf8))
            blobs.remove(stored.blob)
            #expect(try blobs.copy(stored.blob, byteCount: 9, to: folder + "/other") == .gone)
        }
    }

    @Test("a blob with a different size than its record is not read")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let blobs = try BlobStore(folder: folder)
            let stored = try await store("123456789", in: blobs)
            #expect(try blobs.openBlob(stored.blob, byteCount: 9) != nil)
            truncate(blobs.path(of: stored.blob), 4)
            #expect(throws: StorageError.self) { try blobs.openBlob(stored.blob, byteCount: 9) }
            #expect(throws: StorageError.self) { try blobs.duplicate(stored.blob, byteCount: 9) }
            #expect(throws: StorageError.self) { try blobs.copy(stored.blob, byteCount: 9, to: folder + "/copy") }
        }
    }
}
