import CArchive
import Encodings
import Files
import Foundation

/// Why an archive was rejected.
package enum ArchiveError: Error, Equatable, CustomStringConvertible {
    case unreadable(reason: String)
    case unsafePath(String)
    case link(String)
    case notAFile(String)
    case twice(String)
    case fileAndFolder(String)
    case longName(String)
    case noName
    case tooManyEntries(limit: Int)
    case tooLarge(limit: Int)
    case ratio(limit: Int)
    case writeFailed(reason: String)
    /// The disk is full.
    case full

    package var description: String {
        switch self {
        case .unreadable(let reason): "The archive cannot be read: \(reason)."
        case .unsafePath(let path): "The archive contains a path outside its own folder: '\(path)'."
        case .link(let path): "The archive contains a link, '\(path)'. Only files and folders are allowed."
        case .notAFile(let path): "The archive entry '\(path)' is neither a file nor a folder."
        case .twice(let path): "The archive contains '\(path)' twice."
        case .fileAndFolder(let path): "The archive contains '\(path)' both as a file and as a folder."
        case .longName(let path): "The archive contains a name of more than \(Archive.nameLimit) bytes, in '\(path)'."
        case .noName: "The archive contains a file without a name."
        case .tooManyEntries(let limit): "The archive has more than \(limit) entries."
        case .tooLarge(let limit): "The archive unpacks to more than \(limit) bytes."
        case .ratio(let limit): "The archive unpacks to more than \(limit) times its own size."
        case .writeFailed(let reason): "The archive cannot be unpacked: \(reason)."
        case .full: "The archive cannot be unpacked: the disk is full."
        }
    }

    /// Why an archive could not be written, for the end of a sentence about it.
    package var reason: String {
        switch self {
        case .full: "the disk is full"
        case .writeFailed(let reason): reason
        default: description
        }
    }

    /// Returns the error for `errno` after a failed write.
    package static func writeFailure(_ reason: String? = nil) -> ArchiveError {
        [ENOSPC, EDQUOT, EFBIG].contains(errno)
            ? .full : .writeFailed(reason: reason ?? String(cString: strerror(errno)))
    }
}

/// An untrusted zip, tar or tar.gz archive. Nothing that it claims is trusted.
package struct Archive: Sendable {
    /// Limits for the unpacked content of an archive.
    package struct Limits: Sendable {
        package var entries = 10_000
        package var bytes = 16 << 30
        /// Unpacked bytes for each packed byte, beyond the first 10 MiB. Real models stay below this limit; bombs do not.
        package var ratio = 200

        package init() {}

        /// No limits, for an archive of any size that the operator of the server names.
        package static let none: Limits = {
            var limits = Limits()
            limits.entries = .max
            limits.bytes = .max
            limits.ratio = .max
            return limits
        }()
    }

    private let path: String
    private let limits: Limits

    package init(path: String, limits: Limits = Limits()) {
        self.path = path
        self.limits = limits
    }

    /// Unpacks the files that `isWanted` selects into `folder`, which must exist, with their paths in the archive.
    ///
    /// Every entry is checked, whether it is wanted or not. After an error, the caller must remove the folder.
    ///
    /// - Parameter keepsExecutable: Whether to keep the executable bit of files.
    /// - Returns: The written paths, in the archive's order.
    @discardableResult
    package func extract(
        to folder: String,
        keepsExecutable: Bool = false,
        where isWanted: (String) -> Bool = { _ in true }
    ) throws(ArchiveError) -> [String] {
        var written: [String] = []
        try forEachFile { entryPath, isExecutable, read throws(ArchiveError) in
            guard isWanted(entryPath) else { return }
            let target = folder + "/" + entryPath
            let parent = (target as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            } catch {
                throw .writeFailure("a folder cannot be created")
            }
            let mode: mode_t = keepsExecutable && isExecutable ? 0o755 : 0o644
            let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            guard descriptor >= 0 else {
                throw .writeFailure("'\(entryPath)' appears twice")
            }
            defer { close(descriptor) }
            try read { chunk throws(ArchiveError) in
                guard Files.append(chunk, to: descriptor) else { throw .writeFailure() }
            }
            written.append(entryPath)
        }
        return written
    }

    /// Returns the bytes of the first file named `name` in any folder; `nil` if there is none.
    package func contents(ofFileNamed name: String) throws(ArchiveError) -> [UInt8]? {
        var contents: [UInt8]?
        try forEachFile { entryPath, _, read throws(ArchiveError) in
            guard contents == nil, entryPath == name || entryPath.hasSuffix("/" + name) else { return }
            var bytes: [UInt8] = []
            try read { chunk throws(ArchiveError) in bytes.append(contentsOf: chunk) }
            contents = bytes
        }
        return contents
    }

    /// Returns the paths and bytes of the files that `isWanted` selects, in the archive's order.
    package func contents(where isWanted: (String) -> Bool) throws(ArchiveError) -> [(path: String, bytes: [UInt8])] {
        var files: [(path: String, bytes: [UInt8])] = []
        try forEachFile { entryPath, _, read throws(ArchiveError) in
            guard isWanted(entryPath) else { return }
            var bytes: [UInt8] = []
            try read { chunk throws(ArchiveError) in bytes.append(contentsOf: chunk) }
            files.append((entryPath, bytes))
        }
        return files
    }

    /// Reads the whole archive, and throws if it cannot be unpacked within the limits.
    package func verify() throws(ArchiveError) {
        var paths: [[UInt8]] = []
        try forEachFile { entryPath, _, read throws(ArchiveError) in
            paths.append(try Self.checkedNames(entryPath))
            try read { _ throws(ArchiveError) in }
        }
        // What is below a folder comes right after a file of the folder's name, because no byte is less than the separator.
        paths.sort { $0.lexicographicallyPrecedes($1) }
        for (path, next) in zip(paths, paths.dropFirst()) where next.starts(with: path) {
            let isSame = next.count == path.count
            guard isSame || next[path.count] == 0 else { continue }
            let name = String(decoding: path.map { $0 == 0 ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
            throw isSame ? .twice(name) : .fileAndFolder(name)
        }
    }

    /// The longest name of a file or a folder that file systems accept, in bytes.
    static let nameLimit = 255

    /// Paths must be shorter than this, in bytes.
    package static let pathLimit = 1024

    /// Returns the names in a file's path, separated by zeros. They are compared as bytes, as file systems do.
    private static func checkedNames(_ path: String) throws(ArchiveError) -> [UInt8] {
        guard !path.isEmpty else { throw .noName }
        let names = path.utf8.split(separator: UInt8(ascii: "/"))
        guard names.allSatisfy({ $0.count <= nameLimit }) else { throw .longName(path) }
        return Array(names.joined(separator: [0]))
    }

    /// Returns the paths of all files.
    package func fileNames() throws(ArchiveError) -> [String] {
        var names: [String] = []
        try forEachFile { entryPath, _, _ throws(ArchiveError) in names.append(entryPath) }
        return names
    }

    // libarchive's file types are those of POSIX stat.
    static let regularFile: UInt32 = 0o100000
    private static let folder: UInt32 = 0o040000

    /// libarchive converts names to the locale's encoding, and servers usually run in the C locale, which is ASCII only.
    static func useUTF8() { _ = localeIsSet }
    private static let localeIsSet: Bool = setlocale(LC_CTYPE, "C.UTF-8") != nil

    package typealias ChunkReader = (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    package typealias FileReader = (_ onChunk: ChunkReader) throws(ArchiveError) -> Void

    /// Calls `body` with each file, in the archive's order. Every entry is checked, and what `body` does not read is skipped.
    package func forEachFile(
        _ body: (_ path: String, _ isExecutable: Bool, _ read: FileReader) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        Self.useUTF8()
        guard let archive = archive_read_new() else { throw .unreadable(reason: "out of memory") }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_zip(archive)
        archive_read_support_format_tar(archive)
        func reason() -> String {
            let text = archive_error_string(archive).map { String(cString: $0) } ?? "it is not a zip or tar archive"
            return text.replacing(path, with: "the archive")
        }
        guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
            throw .unreadable(reason: reason())
        }
        var status = stat()
        let packedSize = stat(path, &status) == 0 ? Int(status.st_size) : 0
        let allowed =
            limits.ratio == .max
            ? limits.bytes
            : min(limits.bytes, (10 << 20) + packedSize.multipliedReportingOverflow(by: limits.ratio).partialValue)
        var entries = 0
        var unpacked = 0
        func checkSize() throws(ArchiveError) {
            guard unpacked > allowed else { return }
            throw allowed == limits.bytes ? .tooLarge(limit: limits.bytes) : .ratio(limit: limits.ratio)
        }
        var entry: OpaquePointer?
        while true {
            let next = archive_read_next_header(archive, &entry)
            if next == ARCHIVE_EOF { return }
            guard next == ARCHIVE_OK || next == ARCHIVE_WARN, let entry else { throw .unreadable(reason: reason()) }
            entries += 1
            guard entries <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
            guard
                let entryPath = (archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)).map({
                    String(cString: $0)
                })
            else {
                throw .unreadable(reason: "an entry has no readable name")
            }
            guard archive_entry_symlink(entry) == nil, archive_entry_hardlink(entry) == nil else {
                throw .link(entryPath)
            }
            let kind = archive_entry_filetype(entry)
            guard kind == Self.regularFile || kind == Self.folder else { throw .notAFile(entryPath) }
            let safePath = try Self.safePath(entryPath)
            // Skipping an entry of a compressed tar decompresses its data, so unread entries count too, even folders.
            var isRead = false
            defer {
                let claimed = isRead ? 0 : max(0, Int(archive_entry_size(entry)))
                let (sum, overflow) = unpacked.addingReportingOverflow(claimed)
                unpacked = overflow ? .max : sum
            }
            try checkSize()
            guard kind == Self.regularFile else { continue }
            try body(safePath, archive_entry_perm(entry) & 0o111 != 0) { onChunk throws(ArchiveError) in
                isRead = true
                var chunk: UnsafeRawPointer?
                var count = 0
                var offset: la_int64_t = 0
                var position: la_int64_t = 0
                while true {
                    let status = archive_read_data_block(archive, &chunk, &count, &offset)
                    // A warning here is a checksum mismatch.
                    guard status == ARCHIVE_OK || status == ARCHIVE_EOF else { throw .unreadable(reason: reason()) }
                    let end = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : offset
                    guard offset == position, status == ARCHIVE_OK || end <= position else {
                        throw .unreadable(reason: "'\(safePath)' is a sparse file")
                    }
                    if status == ARCHIVE_EOF { return }
                    position += la_int64_t(count)
                    unpacked += count
                    try checkSize()
                    try onChunk(UnsafeRawBufferPointer(start: chunk, count: count))
                }
            }
        }
    }

    /// Returns `path` without `./`. Throws if it could lead out of the target folder.
    private static func safePath(_ path: String) throws(ArchiveError) -> String {
        let parts = path.pathParts.filter { $0 != "." }
        let isSafe =
            path.utf8.first != UInt8(ascii: "/") && !path.utf8.contains(UInt8(ascii: "\\")) && !path.utf8.contains(0)
            && !parts.contains("..") && path.utf8.count < pathLimit
        guard isSafe else { throw .unsafePath(path) }
        return parts.joined(separator: "/")
    }
}
