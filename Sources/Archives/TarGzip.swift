import CArchive
import Foundation

/// Writes `.tar.gz` archives.
package enum TarGzip {
    /// Packs all files below `folder` into a new archive at `path`, with their paths below it. Links are left out.
    ///
    /// - Returns: How many files it has.
    @discardableResult
    package static func pack(_ folder: String, to path: String) throws(ArchiveError) -> Int {
        Archive.useUTF8()
        guard let archive = archive_write_new() else { throw .writeFailed(reason: "out of memory") }
        defer { archive_write_free(archive) }
        archive_write_add_filter_gzip(archive)
        // Without the time of the packing, the same files are the same bytes.
        archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
        archive_write_set_format_pax_restricted(archive)
        func failure() -> ArchiveError {
            let text = archive_error_string(archive).map { String(cString: $0) } ?? String(cString: strerror(errno))
            return .writeFailed(reason: text.replacing(path, with: "the archive"))
        }
        guard archive_write_open_filename(archive, path) == ARCHIVE_OK else { throw failure() }
        var count = 0
        for name in files(below: folder) {
            guard let entry = archive_entry_new() else { throw .writeFailed(reason: "out of memory") }
            defer { archive_entry_free(entry) }
            let descriptor = open(folder + "/" + name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw .writeFailed(reason: "'\(name)' cannot be read") }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & 0o170000 == Archive.regularFile else { continue }
            archive_entry_set_pathname_utf8(entry, name)
            archive_entry_set_size(entry, la_int64_t(status.st_size))
            archive_entry_set_filetype(entry, Archive.regularFile)
            archive_entry_set_perm(entry, status.st_mode & 0o111 == 0 ? 0o644 : 0o755)
            archive_entry_set_mtime(entry, status.st_mtim.tv_sec, 0)
            guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw failure() }
            var left = Int(status.st_size)
            var buffer = [UInt8](repeating: 0, count: 1 << 17)
            while left > 0 {
                let read = read(descriptor, &buffer, min(left, buffer.count))
                guard read > 0 else { throw .writeFailed(reason: "'\(name)' became shorter while it was packed") }
                guard archive_write_data(archive, buffer, read) == read else { throw failure() }
                left -= read
            }
            count += 1
        }
        guard archive_write_close(archive) == ARCHIVE_OK else { throw failure() }
        return count
    }

    /// The regular files below a folder, sorted, as paths below it.
    package static func files(below folder: String) -> [String] {
        let keys: Set<URLResourceKey> = [.isRegularFileKey, .isSymbolicLinkKey]
        let root = URL(filePath: folder, directoryHint: .isDirectory).standardizedFileURL
        guard let walk = FileManager.default.enumerator(at: root, includingPropertiesForKeys: Array(keys)) else {
            return []
        }
        let prefix = root.path(percentEncoded: false)
        return walk.compactMap { item in
            guard let url = item as? URL, let values = try? url.resourceValues(forKeys: keys),
                values.isRegularFile == true, values.isSymbolicLink != true
            else { return nil }
            return String(
                url.path(percentEncoded: false).dropFirst(prefix.hasSuffix("/") ? prefix.count : prefix.count + 1)
            )
        }.sorted()
    }
}
