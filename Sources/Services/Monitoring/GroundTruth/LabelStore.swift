import Definitions
import Encodings
import Files
import Foundation
import Synchronization
import Tensors

/// The labels of all pipelines: a folder for each with files in the JSON Lines format, to which labels are only appended.
///
/// A label that has been acknowledged survives the process. A file is complete up to its last newline.
package final class LabelStore: Sendable {
    /// A new file is begun when one reaches this size.
    private static let fileBytes = 64 << 20

    private let folder: String
    /// Held while labels are appended or deleted.
    private let access = Mutex(())

    package init(dataFolder: String) { folder = dataFolder + "/labels" }

    /// Appends labels, and deletes files whose labels are all too old. Blocks.
    ///
    /// - Parameter oldest: The time before which a label can no longer have an inference, in milliseconds since the epoch.
    /// - Throws: ``RoostError`` if the disk is full. Then none of them counts.
    package func append(_ labels: [Label], of pipeline: String, keepingSince oldest: Int64 = .min) throws {
        var lines = JSONWriter(capacity: labels.count * 80)
        for label in labels { label.write(to: &lines) }
        try access.withLock { _ in
            let folder = folder + "/" + pipeline
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let files = Self.files(in: folder)
            Self.remove(files, before: oldest)
            let newest = files.last
            let path =
                newest.flatMap { $0.byteCount < Self.fileBytes ? $0.path : nil } ?? "\(folder)/\(Self.name(now()))"
            let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Self.failure() }
            defer { close(descriptor) }
            let before = lseek(descriptor, 0, SEEK_END)
            // A crash may have cut the last line. It must not swallow the next one.
            var last = UInt8(ascii: "\n")
            if before > 0, pread(descriptor, &last, 1, before - 1) != 1 { throw Self.failure() }
            let isCut = last != UInt8(ascii: "\n")
            guard !isCut || [UInt8(ascii: "\n")].withUnsafeBytes({ Files.append($0, to: descriptor) }),
                lines.withBytes({ Files.append($0, to: descriptor) })
            else {
                let failure = Self.failure()
                // What was written of them must not count.
                ftruncate(descriptor, before)
                throw failure
            }
        }
    }

    /// A file ends where the next one begins. The last one is never deleted.
    private static func remove(_ files: [(path: String, byteCount: Int)], before oldest: Int64) {
        for (file, next) in zip(files, files.dropFirst()) {
            let name = (next.path as NSString).lastPathComponent.dropLast(".jsonl".count)
            guard let end = Int64(name), end / 1000 < oldest else { return }
            unlink(file.path)
        }
    }

    private func now() -> Int64 { Date().microseconds }

    private static func name(_ microseconds: Int64) -> String {
        let digits = String(max(0, microseconds))
        return String(repeating: "0", count: max(0, 17 - digits.count)) + digits + ".jsonl"
    }

    private static func failure() -> RoostError {
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(errno)
        return RoostError(
            isFull ? .insufficientStorage : .internalError,
            isFull ? "The disk is full, so the labels were not stored." : "The labels could not be stored."
        )
    }

    private static func files(in folder: String) -> [(path: String, byteCount: Int)] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        return names.compactMap { name in
            guard name.hasSuffix(".jsonl") else { return nil }
            var status = stat()
            let path = folder + "/" + name
            guard stat(path, &status) == 0 else { return nil }
            return (path, Int(status.st_size))
        }
    }

    /// Calls `body` with each label of a pipeline, in the order in which they came. Blocks.
    package func forEach(of pipeline: String, _ body: (Label) -> Void) {
        // Between two appends: what is there then is complete, and is not cut off while it is read.
        let files = access.withLock { _ in Self.files(in: folder + "/" + pipeline) }
        for file in files {
            guard let data = try? Data(contentsOf: URL(filePath: file.path), options: .alwaysMapped) else { continue }
            data.withUnsafeBytes { bytes in
                let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(file.byteCount))
                var start = 0
                while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                    if let label = Label(line: UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { body(label) }
                    start = end + 1
                }
            }
        }
    }

    /// Deletes the labels for which `isWanted` is false. Blocks.
    ///
    /// - Returns: The number of deleted labels.
    package func keep(of pipeline: String, where isWanted: (Label) -> Bool) throws -> Int {
        try access.withLock { _ in
            var deleted = 0
            for file in Self.files(in: folder + "/" + pipeline) {
                let data = try Data(contentsOf: URL(filePath: file.path))
                var kept = Data()
                var dropped = 0
                data.withUnsafeBytes { bytes in
                    var start = 0
                    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                        if let label = Label(line: line), !isWanted(label) {
                            dropped += 1
                        } else {
                            kept.append(contentsOf: bytes[start..<end + 1])
                        }
                        start = end + 1
                    }
                }
                guard dropped > 0 else { continue }
                try Files.write(kept, to: file.path, mode: 0o600)
                deleted += dropped
            }
            return deleted
        }
    }
}
