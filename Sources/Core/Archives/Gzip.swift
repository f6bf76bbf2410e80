import CArchive
import Foundation

/// Unpacks single gzip-compressed files.
package enum Gzip {
    /// Unpacks the file at `path` to `target`.
    ///
    /// - Parameter limits: Limits for the unpacked file.
    /// - Throws: ``ArchiveError``. The incomplete target stays.
    package static func unpack(
        _ path: String,
        to target: String,
        limits: Archive.Limits = Archive.Limits()
    ) throws(ArchiveError) {
        let head = FileHandle(forReadingAtPath: path).flatMap { try? $0.read(upToCount: 2) } ?? Data()
        guard head.elementsEqual([0x1F, 0x8B]) else { throw .unreadable(reason: "it is not a gzip file") }
        guard let archive = archive_read_new() else { throw .unreadable(reason: "out of memory") }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
        func reason() -> String {
            let text = archive_error_string(archive).map { String(cString: $0) } ?? "it is not a gzip file"
            return text.replacing(path, with: "the file")
        }
        guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
            throw .unreadable(reason: reason())
        }
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .writeFailure() }
        defer { close(descriptor) }
        var entry: OpaquePointer?
        let next = archive_read_next_header(archive, &entry)
        if next == ARCHIVE_EOF { return }
        guard next == ARCHIVE_OK else { throw .unreadable(reason: reason()) }
        var status = stat()
        let packed = stat(path, &status) == 0 ? Int(status.st_size) : 0
        let allowed = min(limits.bytes, (10 << 20) + packed.multipliedReportingOverflow(by: limits.ratio).partialValue)
        var unpacked = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = archive_read_data(archive, &buffer, buffer.count)
            guard count >= 0 else { throw .unreadable(reason: reason()) }
            if count == 0 { return }
            unpacked += count
            guard unpacked <= allowed else {
                throw allowed == limits.bytes ? .tooLarge(limit: limits.bytes) : .ratio(limit: limits.ratio)
            }
            guard write(descriptor, buffer, count) == count else {
                throw .writeFailure()
            }
        }
    }
}

extension Gzip {
    /// Returns up to `count` first bytes of the unpacked file.
    package static func head(of path: String, count: Int) throws(ArchiveError) -> [UInt8] {
        guard let archive = archive_read_new() else { throw .unreadable(reason: "out of memory") }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        var entry: OpaquePointer?
        guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK,
            archive_read_next_header(archive, &entry) == ARCHIVE_OK
        else { throw .unreadable(reason: "it is not a gzip file") }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = archive_read_data(archive, &bytes, count)
        guard read >= 0 else { throw .unreadable(reason: "it is not a gzip file") }
        return Array(bytes.prefix(read))
    }
}
