import Archives
import Catalog
import Crypto
import Definitions
import Foundation
import WorkThreads

/// The state of a data folder at one moment: a copy of the catalog, and second names of the files that it refers to.
struct Snapshot: Sendable {
    /// How often the catalog is copied if files that it refers to are removed meanwhile.
    private static let attempts = 5
    private static let chunkByteCount = 1 << 17

    private let folder: String
    private let staging: String
    /// The files that are in the staging folder.
    private let files: [String]
    /// The files that the catalog refers to, and that are not in the data folder.
    let missing: [String]

    /// - Parameter staging: An empty folder in the file system of the data folder, to keep as long as the snapshot is used.
    init(of folder: String, in staging: String) async throws {
        self.folder = folder
        self.staging = staging
        var algorithms: [String] = []
        for store in BackupLayout.stores {
            let linked = try await offload {
                try Self.link(Self.files(below: store, in: folder), from: folder, to: staging)
            }
            if store == "algorithms" { algorithms = linked }
        }
        var missing: Set<String> = []
        var wanted: Set<String> = []
        for _ in 0..<Self.attempts {
            wanted = try await Self.copyCatalog(of: folder, to: staging)
            let names = wanted
            let linked = try await offload { Set(try Self.link(Array(names), from: folder, to: staging)) }
            let rest = wanted.subtracting(linked)
            // A file that is missing twice was not removed just now: it is lost.
            let isDone = rest.isEmpty || rest == missing
            missing = rest
            if isDone { break }
        }
        self.missing = missing.sorted()
        files = [BackupLayout.database] + algorithms.sorted() + wanted.subtracting(missing).sorted()
    }

    /// Copies the catalog, and returns the files that it refers to.
    private static func copyCatalog(of folder: String, to staging: String) async throws -> Set<String> {
        let copy = "\(staging)/\(BackupLayout.database)"
        // Opening a catalog migrates it, and the backup keeps it as the server's release left it.
        let scratch = staging + "/catalog"
        try await offload {
            for path in [copy, scratch, scratch + "-wal", scratch + "-shm"] { unlink(path) }
            try Catalog.copy("\(folder)/\(BackupLayout.database)", to: copy)
            try Catalog.copy(copy, to: scratch)
        }
        return try await Catalog(path: scratch).storedFiles()
    }

    /// Gives files of one folder a second name in another, unless they have it, and returns those that have it then.
    private static func link(_ paths: [String], from folder: String, to target: String) throws -> [String] {
        var parents: Set<String> = []
        return try paths.filter { path in
            let parent = "\(target)/\(path)".split(separator: "/").dropLast().joined(separator: "/")
            if parents.insert(parent).inserted {
                try FileManager.default.createDirectory(atPath: "/" + parent, withIntermediateDirectories: true)
            }
            if Foundation.link("\(folder)/\(path)", "\(target)/\(path)") == 0 || errno == EEXIST { return true }
            guard errno == ENOENT else {
                throw RoostError(.unavailable, "'\(path)' cannot be linked: \(String(cString: strerror(errno))).")
            }
            return false
        }
    }

    /// Returns the paths of the regular files below a folder, relative to `root`.
    private static func files(below path: String, in root: String) throws -> [String] {
        var files: [String] = []
        var folders = [path]
        while let folder = folders.popLast() {
            // Folders may disappear meanwhile.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
            for name in names {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                guard !folder.isEmpty || BackupLayout.isCopied(path) else { continue }
                var status = stat()
                guard lstat("\(root)/\(path)", &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: folders.append(path)
                case S_IFREG:
                    guard !path.utf8.contains(UInt8(ascii: "\\")), path.utf8.count < Archive.pathLimit else {
                        throw RoostError(.unavailable, "The name of the file '\(path)' cannot be in a backup.")
                    }
                    files.append(path)
                default: continue
                }
            }
        }
        return files
    }

    // MARK: Writing

    /// Writes the archive, with the logs as they are now.
    func write(
        to descriptor: Int32,
        _ facts: BackupFacts,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> BackupSize {
        try await offload {
            let live = try Self.files(below: "", in: folder).filter(BackupLayout.isCopied).sorted()
            var total = 0
            for path in files.map({ "\(staging)/\($0)" }) + live.map({ "\(folder)/\($0)" }) {
                var status = stat()
                if stat(path, &status) == 0 { total += Int(status.st_size) }
            }
            var output = try Output(descriptor, total: total, progress)
            try output.add(BackupLayout.header, Array(BackupFacts.encoder.encode(facts)))
            for path in files { try output.add(path, UntrustedFile(path: "\(staging)/\(path)")) }
            for path in live {
                // The server may remove old logs meanwhile.
                guard let file = try? UntrustedFile(path: "\(folder)/\(path)") else { continue }
                try output.add(path, file, upTo: BackupLayout.hasLines(path) ? Self.lineEnd(of: file) : file.byteCount)
            }
            return try output.close()
        }
    }

    /// Returns the size of the complete lines in a file.
    private static func lineEnd(of file: UntrustedFile) throws -> Int {
        var end = file.byteCount
        while end > 0 {
            let begin = max(0, end - chunkByteCount)
            let bytes = try file.read(from: begin, upTo: end - begin)
            if let last = bytes.lastIndex(of: UInt8(ascii: "\n")) { return begin + last + 1 }
            end = begin
        }
        return 0
    }

    /// The archive that is being written.
    private struct Output {
        private let archive: ArchiveWriter
        private let total: Int
        private let progress: (Int, Int) -> Void
        private var lines = ChecksumLines()
        private var size = BackupSize()

        init(_ descriptor: Int32, total: Int, _ progress: @escaping (Int, Int) -> Void) throws {
            archive = try ArchiveWriter(.tar)
            self.total = total
            self.progress = progress
            try archive.open(descriptor: descriptor)
        }

        mutating func add(_ name: String, _ bytes: [UInt8]) throws {
            try archive.add(name, byteCount: bytes.count, isExecutable: false, modified: 0) { Array(bytes[$0...]) }
            lines.add(name, SHA256.hash(data: bytes))
        }

        mutating func add(_ path: String, _ file: UntrustedFile, upTo end: Int? = nil) throws {
            let end = end ?? file.byteCount
            var hash = SHA256()
            try archive.add(
                path,
                byteCount: end,
                isExecutable: file.isExecutable,
                modified: file.modified.seconds
            ) { offset in
                let bytes = try file.read(from: offset, upTo: min(Snapshot.chunkByteCount, end - offset))
                hash.update(data: bytes)
                size.bytes += bytes.count
                progress(min(size.bytes, total - 1), total)
                return bytes
            }
            size.files += 1
            lines.add(path, hash.finalize())
        }

        /// Adds the checksums, which end the archive.
        mutating func close() throws -> BackupSize {
            try add(BackupLayout.checksums, lines.text)
            try archive.close()
            progress(total, total)
            return size
        }
    }
}
