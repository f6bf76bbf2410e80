import CChecksums
import Foundation

/// The file beside a closed segment that has its entries by columns: `START.columns` for `START.jsonl`.
///
/// A header of 64 bytes, the directory, and the arrays, each aligned to 64 bytes. All integers are little-endian, as they are in
/// the memory of every machine that Roost runs on. The header and the directory have a checksum, and so has each array, because the
/// arrays that are not read are not checked either.
enum ColumnFile {
    /// `RoostCol`
    private static let magic: UInt64 = 0x6C6F_4374_736F_6F52
    private static let version: UInt32 = 1
    static let headerBytes = 64

    struct Header {
        /// The size of the column file.
        var byteCount: Int
        /// The size of the segment that it was made from.
        var segmentBytes: Int
        var directoryBytes: Int
        var directoryChecksum: UInt32

        /// Where the arrays begin.
        var arraysOffset: Int { ColumnFile.aligned(ColumnFile.headerBytes + directoryBytes) }

        init(byteCount: Int, segmentBytes: Int, directoryBytes: Int, directoryChecksum: UInt32) {
            self.byteCount = byteCount
            self.segmentBytes = segmentBytes
            self.directoryBytes = directoryBytes
            self.directoryChecksum = directoryChecksum
        }

        func encoded() -> [UInt8] {
            var words = [UInt64](repeating: 0, count: ColumnFile.headerBytes / 8)
            words[0] = ColumnFile.magic
            words[1] = UInt64(ColumnFile.version)
            words[2] = UInt64(byteCount)
            words[3] = UInt64(segmentBytes)
            words[4] = UInt64(directoryBytes)
            words[5] = UInt64(directoryChecksum)
            words[7] = UInt64(words[..<7].withUnsafeBytes { ColumnFile.checksum($0) })
            return words.withUnsafeBytes { Array($0) }
        }

        /// Returns `nil` if the bytes do not begin with a header of this version.
        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count >= ColumnFile.headerBytes else { return nil }
            let words = (0..<8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
            let sum = ColumnFile.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<(ColumnFile.headerBytes - 8)]))
            guard words[0] == ColumnFile.magic, words[1] == UInt64(ColumnFile.version), words[7] == UInt64(sum),
                let byteCount = Int(exactly: words[2]), let segmentBytes = Int(exactly: words[3]),
                let directoryBytes = Int(exactly: words[4]), let checksum = UInt32(exactly: words[5]),
                byteCount >= ColumnFile.headerBytes, directoryBytes <= byteCount - ColumnFile.headerBytes
            else { return nil }
            self.init(
                byteCount: byteCount,
                segmentBytes: segmentBytes,
                directoryBytes: directoryBytes,
                directoryChecksum: checksum
            )
            guard arraysOffset <= byteCount else { return nil }
        }
    }

    static func path(forSegment path: String) -> String { String(path.dropLast("jsonl".count)) + "columns" }

    static func aligned(_ count: Int) -> Int { (count + 63) & ~63 }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc_update(CRC_32C, 0, bytes.baseAddress, bytes.count))
    }

    /// Whether the file at `path` says that it belongs to a segment of this size.
    static func isCurrent(_ path: String, segmentBytes: Int) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        var bytes = [UInt8](repeating: 0, count: headerBytes)
        guard fstat(descriptor, &status) == 0, pread(descriptor, &bytes, headerBytes, 0) == headerBytes,
            let header = bytes.withUnsafeBytes({ Header($0) })
        else { return false }
        return header.segmentBytes == segmentBytes && header.byteCount == Int(status.st_size)
    }
}
