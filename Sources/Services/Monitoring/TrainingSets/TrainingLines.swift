import Definitions
import Files
import Foundation
import Tensors

/// Lines of CSV that are on the disk until they are stored, in a file without a name, of which nothing is left.
final class TrainingLines {
    /// The most bytes of the lines.
    private static let byteLimit = 16 << 30
    private static let bufferBytes = 1 << 20

    let file: ScratchFile
    private(set) var rows = 0
    private(set) var byteCount = 0
    private var buffer = JSONWriter(capacity: bufferBytes)

    /// - Parameter folder: Whose file system has the file.
    init(folder: String) throws { file = try ScratchFile(folder: folder) }

    func append(_ line: borrowing JSONWriter, times: Int = 1) throws {
        rows += 1
        for _ in 0..<times { buffer.raw(line) }
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    func flush() throws {
        guard buffer.withBytes({ Files.append($0, to: file.descriptor) }) else { throw ScratchFile.failure() }
        byteCount += buffer.count
        buffer.removeAll()
        guard byteCount <= Self.byteLimit else {
            throw RoostError(
                .tooLarge,
                "A training set can have 16 GiB. Declare 'rows', or a later start.",
                field: "rows"
            )
        }
    }
}

/// A file without a name, which is gone with the process at the latest.
final class ScratchFile: Sendable {
    let descriptor: Int32

    init(folder: String) throws {
        let path = "\(folder)/\(UUID().uuidString).partial"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure() }
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Returns up to a number of bytes from `offset` on; none at the end. Blocks.
    func read(from offset: Int, upTo count: Int) throws -> [UInt8] {
        var failure = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let found = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            failure = found < 0
            initialized = max(0, found)
        }
        if failure { throw Self.failure() }
        return bytes
    }

    static func failure() -> RoostError {
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(errno)
        return RoostError(
            isFull ? .insufficientStorage : .internalError,
            isFull ? "The disk is full, so the training set was not built." : "The training set could not be written."
        )
    }
}
