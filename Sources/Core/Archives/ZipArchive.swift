/// Writes zip archives of code. The same files always give the same bytes.
package enum ZipArchive {
    /// Folders that belong to tools, wherever they are.
    private static let omitted: Set<Substring> = ["__pycache__", ".git"]
    /// The maximum size of all files in bytes. Code is small; a larger folder is not meant.
    private static let byteLimit = 1 << 30

    /// Packs all regular files in a folder, with their relative paths, into a new archive at `path`. What Git and Python keep
    /// for themselves is left out.
    ///
    /// - Throws: ``ArchiveError`` if the archive cannot be written, ``UntrustedFileError`` if a file cannot be read or is not a
    ///   regular file.
    package static func pack(_ folder: UntrustedFolder, to path: String) throws {
        let listing = try folder.listing()
        if let other = listing.others.first(where: isWanted) { throw UntrustedFileError.notAFile(other) }
        let writer = try ArchiveWriter(.zip)
        try writer.open(path: path)
        var rest = byteLimit
        for name in listing.files where isWanted(name) {
            let file = try folder.file(name)
            guard file.byteCount <= rest else { throw UntrustedFileError.tooLarge(limit: byteLimit) }
            rest -= file.byteCount
            try writer.add(file, as: name)
        }
        try writer.close()
    }

    /// Returns an archive of one file.
    package static func pack(_ bytes: [UInt8], as name: String) throws -> [UInt8] {
        let writer = try ArchiveWriter(.zip)
        // Bytes that cannot be compressed become little more, and the file's headers have its name twice.
        let capacity = bytes.count + bytes.count / 64 + 2 * name.utf8.count + (64 << 10)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        let count = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        defer {
            memory.deallocate()
            count.deallocate()
        }
        count.initialize(to: 0)
        try writer.open(memory, count: count)
        try writer.add(name, byteCount: bytes.count, isExecutable: false, modified: 0) { Array(bytes[$0...]) }
        try writer.close()
        return Array(memory[..<count.pointee])
    }

    private static func isWanted(_ path: String) -> Bool {
        !path.split(separator: "/").contains { omitted.contains($0) }
    }
}
