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
        let writer = try ArchiveWriter(.tarGzip)
        try writer.open(path: path)
        let listing = try folder.listing()
        var rest = byteLimit
        for name in listing.files {
            let file = try folder.file(name)
            guard file.byteCount <= rest else { throw UntrustedFileError.tooLarge(limit: byteLimit) }
            rest -= file.byteCount
            try writer.add(file, as: name)
        }
        try writer.close()
        return listing.others
    }
}
