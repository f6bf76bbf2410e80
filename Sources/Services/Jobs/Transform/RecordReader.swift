import Definitions
import Foundation

/// Reads a file in pieces of whole records, so that the whole file is never in memory.
final class RecordReader {
    /// How to cut a file into pieces.
    struct Cut: Sendable, Equatable {
        /// How the file is split into records.
        var split: TransformDefinition.Split
        /// The approximate size of a piece, in bytes.
        var size: Int
        /// The size limit of a record, in bytes.
        var limit: Int
    }

    /// Whole records, and their offset.
    struct Piece {
        /// The offset of the piece in the file.
        let offset: Int
        let bytes: [UInt8]
    }

    private let descriptor: Int32
    private let cut: Cut
    private let byteCount: Int
    private(set) var offset = 0

    init(path: String, cut: Cut) throws(RecordError) {
        self.cut = cut
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw RecordError("the object cannot be read: \(String(cString: strerror(errno))).")
        }
        byteCount = Int(status.st_size)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Returns the next piece; `nil` at the end.
    func next() throws(RecordError) -> Piece? {
        guard offset < byteCount else { return nil }
        let isSplit = cut.split != .none
        var size = isSplit ? min(cut.size, cut.limit) : byteCount
        guard isSplit || size <= cut.limit else { throw tooLarge() }
        while true {
            var bytes = try read(min(size, byteCount - offset))
            let isLast = offset + bytes.count == byteCount
            if isSplit, !isLast {
                guard let end = endOfLastRecord(bytes) else {
                    guard size <= cut.limit else { throw tooLarge() }
                    size = min(size * 2, cut.limit + 1)
                    continue
                }
                bytes.removeLast(bytes.count - end)
            } else if isSplit, bytes.count > cut.limit, endOfLastRecord(bytes.dropLast()) == nil {
                throw tooLarge()
            }
            defer { offset += bytes.count }
            return Piece(offset: offset, bytes: bytes)
        }
    }

    private func endOfLastRecord(_ bytes: some ContiguousBytes) -> Int? {
        bytes.withUnsafeBytes { cut.split.endOfLastRecord(in: $0) }
    }

    private func tooLarge() -> RecordError {
        let size = cut.limit % (1 << 20) == 0 ? "\(cut.limit >> 20) MB" : "\(cut.limit) bytes"
        return RecordError(
            cut.split != .none
                ? "a record is larger than \(size), the limit for a request."
                : "the object has \(byteCount) bytes, more than the limit of \(size) for a request. Split it by lines."
        )
    }

    private func read(_ count: Int) throws(RecordError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    count - filled,
                    off_t(offset + filled)
                )
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    failure = got < 0 ? errno : EIO
                    return
                }
                filled += got
            }
        }
        guard failure == 0 else {
            throw RecordError("the object cannot be read: \(String(cString: strerror(failure))).")
        }
        return bytes
    }
}
