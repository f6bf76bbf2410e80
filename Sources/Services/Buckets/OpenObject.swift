package import Checksums
package import Definitions
import Files
import Storage
import WorkThreads

/// An object that is open for reading, which continues to work if the object is replaced or removed.
package struct OpenObject: Sendable {
    private static let pieceByteCount = 1 << 20

    package let record: ObjectRecord
    private let blob: OpenBlob

    init(record: ObjectRecord, blob: OpenBlob) {
        self.record = record
        self.blob = blob
    }

    /// Reads bytes from `offset` on into `buffer`, which is not empty and not past the end. Blocks.
    ///
    /// - Returns: The number of bytes read, at least 1.
    /// - Throws: ``BucketError/bytesMissing`` if there are none.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        let count = try blob.read(into: buffer, at: offset)
        guard count > 0 else { throw BucketError.bytesMissing }
        return count
    }

    /// Returns 1 to `byteCount` bytes from `offset` on. Blocks.
    package func bytes(at offset: Int, byteCount: Int) throws -> [UInt8] {
        var failure: (any Error)?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            do {
                count = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Computes a checksum of all bytes.
    package func checksum(_ algorithm: ChecksumAlgorithm) async throws -> [UInt8] {
        try await offload {
            var hasher = ChecksumHasher(algorithm)
            try forEachPiece { hasher.update($0) }
            return hasher.finalize()
        }
    }

    /// Computes the MD5 of all bytes.
    package func md5() async throws -> [UInt8] {
        try await offload {
            var hasher = MD5Hasher()
            try forEachPiece { hasher.update($0) }
            return hasher.finalize()
        }
    }

    private func forEachPiece(_ work: (UnsafeRawBufferPointer) -> Void) throws {
        var position = 0
        while position < record.byteCount {
            let piece = try bytes(at: position, byteCount: min(Self.pieceByteCount, record.byteCount - position))
            piece.withUnsafeBytes(work)
            position += piece.count
        }
    }
}

/// An object's bytes as a local file. Never change the file, and keep this value as long as the path is used.
package struct LocalObject: Sendable {
    let copy: LocalCopy

    package var path: String { copy.path }
}
