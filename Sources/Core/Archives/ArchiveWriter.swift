import CArchive
import Foundation

/// Writes an archive of regular files. The same files always give the same bytes.
///
/// Not Sendable: each archive has one task.
package final class ArchiveWriter {
    package enum Format: Sendable { case tar, tarGzip, zip }

    private let archive: OpaquePointer
    private let format: Format
    /// The archive's path, which errors do not repeat.
    private var path: String?

    package init(_ format: Format) throws(ArchiveError) {
        Archive.useUTF8()
        guard let archive = archive_write_new() else { throw .writeFailed(reason: "out of memory") }
        self.archive = archive
        self.format = format
        switch format {
        case .tar: archive_write_set_format_pax_restricted(archive)
        case .tarGzip:
            archive_write_add_filter_gzip(archive)
            archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
            archive_write_set_format_pax_restricted(archive)
        case .zip: archive_write_set_format_zip(archive)
        }
    }

    deinit { archive_write_free(archive) }

    /// Writes to a new file.
    func open(path: String) throws(ArchiveError) {
        self.path = path
        try check(archive_write_open_filename(archive, path))
    }

    /// Writes to an open file, which the caller closes.
    package func open(descriptor: Int32) throws(ArchiveError) { try check(archive_write_open_fd(archive, descriptor)) }

    /// Writes to memory that the caller keeps until ``close()``.
    ///
    /// - Parameter count: Where the number of bytes written is stored.
    func open(_ memory: UnsafeMutableRawBufferPointer, count: UnsafeMutablePointer<Int>) throws(ArchiveError) {
        try check(archive_write_open_memory(archive, memory.baseAddress, memory.count, count))
    }

    /// Appends a file.
    ///
    /// - Parameters:
    ///   - byteCount: The size of the file.
    ///   - modified: Seconds since the epoch. Zip archives do not have it.
    ///   - read: Returns the bytes from an offset on; at least one.
    package func add(
        _ name: String,
        byteCount: Int,
        isExecutable: Bool,
        modified: Int,
        read: (_ offset: Int) throws -> [UInt8]
    ) throws {
        guard let entry = archive_entry_new() else { throw ArchiveError.writeFailed(reason: "out of memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname_utf8(entry, name)
        archive_entry_set_size(entry, la_int64_t(byteCount))
        archive_entry_set_filetype(entry, Archive.regularFile)
        archive_entry_set_perm(entry, isExecutable ? 0o755 : 0o644)
        // A zip archive has times in the time zone of the machine.
        if format != .zip { archive_entry_set_mtime(entry, modified, 0) }
        try check(archive_write_header(archive, entry))
        var offset = 0
        while offset < byteCount {
            let bytes = try read(offset)
            guard !bytes.isEmpty else {
                throw ArchiveError.writeFailed(reason: "'\(name)' was truncated while it was being packed")
            }
            guard archive_write_data(archive, bytes, bytes.count) == bytes.count else { throw failure() }
            offset += bytes.count
        }
    }

    package func close() throws(ArchiveError) { try check(archive_write_close(archive)) }

    private func check(_ status: Int32) throws(ArchiveError) {
        guard status == ARCHIVE_OK else { throw failure() }
    }

    private func failure() -> ArchiveError {
        let code = archive_errno(archive)
        var text = archive_error_string(archive).map { String(cString: $0) } ?? String(cString: strerror(errno))
        // This is all that libarchive says about an output that is gone.
        if text == "Write error", code > 0 { text = String(cString: strerror(code)) }
        return .writeFailure(path.map { text.replacing($0, with: "the archive") } ?? text)
    }
}

extension ArchiveWriter {
    /// Appends a file of a folder.
    func add(_ file: UntrustedFile, as name: String) throws {
        try add(
            name,
            byteCount: file.byteCount,
            isExecutable: file.isExecutable,
            modified: file.modified.seconds
        ) { offset in try file.read(from: offset, upTo: 1 << 17) }
    }
}
