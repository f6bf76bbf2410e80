import CArchive
import Encodings
import Foundation

/// Why a file from a user's program was rejected.
package enum UntrustedFileError: Error, Equatable, CustomStringConvertible {
    /// A link, a named pipe, a socket or a device.
    case notAFile(String)
    case unreadable(String, reason: String)
    case tooDeep(limit: Int)
    case tooMany(limit: Int)
    case tooLarge(limit: Int)
    /// The name is not valid UTF-8.
    case name(String)

    package var description: String {
        switch self {
        case .notAFile(let path): "'\(path)' is not a regular file."
        case .unreadable(let path, let reason): "'\(path)' cannot be read: \(reason)."
        case .tooDeep(let limit): "Folders are nested deeper than \(limit) levels."
        case .tooMany(let limit): "There are more than \(limit) files."
        case .tooLarge(let limit): "The files are larger than \(limit >> 30) GiB in total."
        case .name(let name): "The name '\(name)' is not valid UTF-8."
        }
    }
}

/// A folder that a user's program writes to, or has written to. Nothing in it is trusted.
///
/// Links are not followed in any part of a path, and only regular files are opened, because opening a named pipe for reading
/// waits for a writer, perhaps forever. All methods may block on the disk.
package final class UntrustedFolder: Sendable {
    /// The maximum depth of folders.
    package static let depthLimit = 100
    /// The maximum number of files and folders in a listing.
    package static let fileLimit = 1_000_000

    /// The content of a folder and its subfolders.
    package struct Listing: Sendable {
        /// The sorted relative paths of the regular files.
        package var files: [String] = []
        /// The sorted relative paths of everything that is neither a regular file nor a folder.
        package var others: [String] = []
    }

    private let descriptor: Int32

    /// Opens the folder at `path`. All but the last part of the path must be the server's own.
    package init(_ path: String) throws(UntrustedFileError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure((path as NSString).lastPathComponent) }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Opens a folder below this one, and creates it if it does not exist.
    package func folder(_ path: String) throws(UntrustedFileError) -> UntrustedFolder {
        UntrustedFolder(descriptor: try openFolder(path.pathParts[...], path, makes: true))
    }

    /// Opens the regular file at a relative path.
    package func file(_ path: String) throws(UntrustedFileError) -> UntrustedFile {
        let parts = path.pathParts
        guard let name = parts.last, !parts.contains(".."), !path.utf8.contains(0) else { throw .notAFile(path) }
        let folder = try openFolder(parts.dropLast(), path)
        defer { close(folder) }
        return try UntrustedFile(openat(folder, name, UntrustedFile.flags), path)
    }

    /// Lists the folder and its subfolders.
    package func listing() throws(UntrustedFileError) -> Listing {
        var listing = Listing()
        var open = [""]
        while let path = open.popLast() {
            let parts = path.pathParts
            guard parts.count < Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
            let folder = try openFolder(parts[...], path)
            defer { close(folder) }
            for entry in Self.entries(of: folder) {
                guard let name = String(validating: entry.name, as: UTF8.self) else {
                    throw .name(String(decoding: entry.name, as: UTF8.self))
                }
                let below = path.isEmpty ? name : "\(path)/\(name)"
                switch entry.kind {
                case .folder: open.append(below)
                case .file: listing.files.append(below)
                case .other: listing.others.append(below)
                }
                guard listing.files.count + open.count + listing.others.count <= Self.fileLimit else {
                    throw .tooMany(limit: Self.fileLimit)
                }
            }
        }
        listing.files.sort()
        listing.others.sort()
        return listing
    }

    /// Returns whether a folder below this one has any entries.
    package func hasEntries(_ path: String) -> Bool {
        guard let folder = try? openFolder(path.pathParts[...], path) else { return false }
        defer { close(folder) }
        return !Self.entries(of: folder, limit: 1).isEmpty
    }

    /// Opens a folder below this one, part by part, so that no part is a link.
    private func openFolder(
        _ parts: ArraySlice<String>,
        _ path: String,
        makes: Bool = false
    ) throws(UntrustedFileError) -> Int32 {
        var current = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        for part in parts where current >= 0 {
            if makes { mkdirat(current, part, 0o755) }
            let next = openat(current, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            let failure = errno
            close(current)
            current = next
            errno = failure
        }
        guard current >= 0 else { throw Self.failure(path) }
        return current
    }

    fileprivate static func failure(_ path: String) -> UntrustedFileError {
        switch errno {
        // openat's errors for a link, for a file in place of a folder, for a socket, and for a device without a driver.
        case ELOOP, ENOTDIR, ENXIO, ENODEV: .notAFile(path)
        default: .unreadable(path, reason: String(cString: strerror(errno)))
        }
    }

    // MARK: Entries

    package enum Kind: Sendable { case file, folder, other }

    package struct Entry: Sendable {
        /// As in the file system; may be invalid UTF-8.
        package let name: [UInt8]
        package let kind: Kind

        /// Calls `body` with the name as a C string.
        package func withName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result { name.withCString(body) }
    }

    /// Returns the entries of an open folder; empty if it cannot be read.
    package static func entries(of descriptor: Int32, limit: Int = .max) -> [Entry] {
        // The stream owns its descriptor, but shares the position with the original.
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, let stream = fdopendir(copy) else {
            if copy >= 0 { close(copy) }
            return []
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var entries: [Entry] = []
        while entries.count < limit, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
                }
            }
            if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
            entries.append(Entry(name: name, kind: kind(of: name, entry.pointee.d_type, in: descriptor)))
        }
        return entries
    }

    private static func kind(of name: [UInt8], _ type: UInt8, in folder: Int32) -> Kind {
        switch Int(type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        case Int(DT_UNKNOWN): break
        default: return .other
        }
        // Some file systems do not include the type in directory entries.
        var status = stat()
        guard name.withCString({ fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }
}

/// A regular file from a user's program, open for reading.
package final class UntrustedFile: Sendable {
    // Non-blocking, so as not to wait for a named pipe; and no terminal may become the server's.
    fileprivate static let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC

    private let descriptor: Int32
    /// The size when the file was opened. Later bytes are not read.
    package let byteCount: Int
    /// The modification time in seconds and nanoseconds since the epoch. The program may have set any numbers.
    package let modified: (seconds: Int, nanoseconds: Int)
    package let isExecutable: Bool
    private let path: String

    fileprivate init(_ descriptor: Int32, _ path: String) throws(UntrustedFileError) {
        guard descriptor >= 0 else { throw UntrustedFolder.failure(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notAFile(path)
        }
        self.descriptor = descriptor
        self.path = path
        byteCount = Int(status.st_size)
        modified = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        isExecutable = status.st_mode & 0o111 != 0
    }

    /// Opens the file at `path`. All but the last part of the path must be the server's own.
    package convenience init(path: String) throws(UntrustedFileError) {
        try self.init(open(path, Self.flags), (path as NSString).lastPathComponent)
    }

    deinit { close(descriptor) }

    /// Reads up to `count` bytes from `offset` on; fewer only at the end.
    package func read(from offset: Int = 0, upTo count: Int) throws(UntrustedFileError) -> [UInt8] {
        let wanted = max(0, min(count, byteCount - offset))
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let got = pread(
                    descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    wanted - filled,
                    off_t(offset + filled)
                )
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard failure == 0 else { throw .unreadable(path, reason: String(cString: strerror(failure))) }
        return bytes
    }
}

extension [UInt8] {
    /// Calls `body` with the bytes as a C string.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        body(map { CChar(bitPattern: $0) } + [0])
    }
}
