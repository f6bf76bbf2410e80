package import Checksums
import Crypto
import Foundation
import Synchronization

/// Writes the bytes of an object to a new blob, and hashes them at the same time.
///
/// Chunks are hashed on one thread and written on another while the next one arrives. Hashing takes the longest, so it must
/// never wait. At most ``backlog`` chunks and the arriving one are in memory.
/// Without ``finish()``, it leaves nothing behind.
/// Sendable: only one task at a time uses its state, or the pending chunks do in turn, which that task awaits before it ends.
package final class BlobWriter: @unchecked Sendable {
    /// A stored blob with its size and hashes.
    package struct Stored: Sendable {
        package let blob: String
        package let byteCount: Int
        package let md5: [UInt8]
        package let checksums: [ChecksumAlgorithm: [UInt8]]
    }

    private static let chunkByteCount = 1 << 20
    private static let backlog = 4
    /// Writing to the disk starts after this many bytes, so that not everything waits for the end.
    private static let writebackByteCount = 32 << 20

    private let blob: BlobStore.NewBlob
    private var md5 = Insecure.MD5()
    private var hashers: [ChecksumAlgorithm: ChecksumHasher]
    private var pieces: [[UInt8]] = []
    private var pieceByteCount = 0
    private var writtenBack = 0
    private var written = 0
    private var pending: [PendingWork] = []
    private let hashing = DispatchQueue(label: "roost.blob-hashing")
    private let writing = DispatchQueue(label: "roost.blob-writing")

    /// The number of bytes so far.
    package private(set) var byteCount = 0

    package init(store: BlobStore, checksums: Set<ChecksumAlgorithm> = []) throws {
        blob = try store.beginBlob()
        hashers = Dictionary(uniqueKeysWithValues: checksums.map { ($0, ChecksumHasher($0)) })
    }

    package func append(_ piece: [UInt8]) async throws {
        guard !piece.isEmpty else { return }
        pieces.append(piece)
        pieceByteCount += piece.count
        byteCount += piece.count
        if pieceByteCount >= Self.chunkByteCount { try await flush() }
    }

    /// Publishes the blob. The returned blob survives a crash of the machine.
    ///
    /// - Parameter check: Verifies the hashes first. If it throws, nothing is stored.
    package func finish(
        check: (_ byteCount: Int, _ md5: [UInt8], _ checksums: [ChecksumAlgorithm: [UInt8]]) throws -> Void = {
            _,
            _,
            _ in
        }
    ) async throws -> Stored {
        try await flush()
        while !pending.isEmpty { try await pending.removeFirst().value() }
        let digest = Array(md5.finalize())
        let checksums = hashers.mapValues { $0.finalize() }
        try check(byteCount, digest, checksums)
        let work = PendingWork()
        writing.async { [self] in work.finish(Result { [blob] in try blob.finish() }.map { name in self.name = name }) }
        try await work.value()
        return Stored(blob: name, byteCount: byteCount, md5: digest, checksums: checksums)
    }

    private var name = ""

    private func flush() async throws {
        let chunk = pieces
        pieces = []
        pieceByteCount = 0
        if pending.count == Self.backlog { try await pending.removeFirst().value() }
        guard !chunk.isEmpty else { return }
        let work = PendingWork(count: 2)
        pending.append(work)
        writing.async { [self] in work.finish(Result { try write(chunk) }) }
        hashing.async { [self] in
            hash(chunk)
            work.finish(.success(()))
        }
    }

    private func write(_ chunk: [[UInt8]]) throws {
        for piece in chunk {
            try piece.withUnsafeBytes { try blob.append($0) }
            written += piece.count
        }
        if written - writtenBack >= Self.writebackByteCount {
            blob.beginWriteback(from: writtenBack, byteCount: written - writtenBack)
            writtenBack = written
        }
    }

    private func hash(_ chunk: [[UInt8]]) {
        for piece in chunk {
            piece.withUnsafeBytes { bytes in
                md5.update(bufferPointer: bytes)
                for algorithm in hashers.keys { hashers[algorithm]?.update(bytes) }
            }
        }
    }
}

/// Work on other threads that is done when all its parts are done.
private final class PendingWork: Sendable {
    private struct State {
        var rest: Int
        var failure: (any Error)?
        var waiting: CheckedContinuation<Void, any Error>?
    }

    private let state: Mutex<State>

    init(count: Int = 1) { state = Mutex(State(rest: count)) }

    func finish(_ result: Result<Void, any Error>) {
        let (waiting, failure) = state.withLock { state -> (CheckedContinuation<Void, any Error>?, (any Error)?) in
            state.rest -= 1
            if case .failure(let error) = result { state.failure = error }
            guard state.rest == 0 else { return (nil, nil) }
            defer { state.waiting = nil }
            return (state.waiting, state.failure)
        }
        if let failure { waiting?.resume(throwing: failure) } else { waiting?.resume() }
    }

    /// Waits until all parts are done, even if one has failed, because their state must not be used before.
    func value() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let (isDone, failure) = state.withLock { state -> (Bool, (any Error)?) in
                guard state.rest > 0 else { return (true, state.failure) }
                state.waiting = continuation
                return (false, nil)
            }
            guard isDone else { return }
            if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
        }
    }
}
