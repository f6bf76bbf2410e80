import CArchive
import Foundation

/// Writes `.tar.gz` archives.
package enum TarGzip {
    /// The maximum size of all files in bytes. A file that claims to be larger is sparse, and would take days to pack.
    private static let byteLimit = 100 << 30

    /// Packs all regular files in a folder, with their relative paths, into a new archive at `path`.
    ///
    /// - Returns: The omitted links, pipes, sockets and devices.
    /// - Throws: ``ArchiveError`` if the archive cannot be written, ``UntrustedFileError`` if a file cannot be read.
    @discardableResult
    package static func pack(_ folder: UntrustedFolder, to path: String) throws -> [String] {
        Archive.useUTF8()
        guard let archive = archive_write_new() else { throw ArchiveError.writeFailed(reason: "out of memory") }
        defer { archive_write_free(archive) }
        archive_write_add_filter_gzip(archive)
        // Without a timestamp, the same files always give the same bytes.
        archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
        archive_write_set_format_pax_restricted(archive)
        func failure() -> ArchiveError {
            let text = archive_error_string(archive).map { String(cString: $0) } ?? String(cString: strerror(errno))
            return .writeFailure(text.replacing(path, with: "the archive"))
        }
        guard archive_write_open_filename(archive, path) == ARCHIVE_OK else { throw failure() }
        let listing = try folder.listing()
        var rest = byteLimit
        for name in listing.files {
            guard let entry = archive_entry_new() else { throw ArchiveError.writeFailed(reason: "out of memory") }
            defer { archive_entry_free(entry) }
            let file = try folder.file(name)
            guard file.byteCount <= rest else { throw UntrustedFileError.tooLarge(limit: byteLimit) }
            rest -= file.byteCount
            archive_entry_set_pathname_utf8(entry, name)
            archive_entry_set_size(entry, la_int64_t(file.byteCount))
            archive_entry_set_filetype(entry, Archive.regularFile)
            archive_entry_set_perm(entry, file.isExecutable ? 0o755 : 0o644)
            archive_entry_set_mtime(entry, file.modified.seconds, 0)
            guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw failure() }
            var offset = 0
            while offset < file.byteCount {
                let bytes = try file.read(from: offset, upTo: 1 << 17)
                guard !bytes.isEmpty else {
                    throw ArchiveError.writeFailed(reason: "'\(name)' was truncated while it was being packed")
                }
                guard archive_write_data(archive, bytes, bytes.count) == bytes.count else { throw failure() }
                offset += bytes.count
            }
        }
        guard archive_write_close(archive) == ARCHIVE_OK else { throw failure() }
        return listing.others
    }
}
