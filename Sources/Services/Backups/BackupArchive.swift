import Archives
import Catalog
import Crypto
import Definitions
import Files
import Foundation
import WorkThreads

/// The archive of a ``Backup``. Nothing in it is trusted until all of it is read.
package struct BackupArchive: Sendable {
    private let path: String

    /// - Parameter path: A file or a pipe. The archive may be compressed by gzip.
    package init(path: String) { self.path = path }

    /// Reads the whole archive. Blocks.
    ///
    /// - Throws: ``RoostError`` if it is incomplete or damaged, or if a newer release has written it.
    package func verify() throws -> (facts: BackupFacts, size: BackupSize) { try read(to: nil) }

    /// Unpacks the archive to a new data folder, completely or not at all.
    ///
    /// - Parameter folder: Must not exist, or be empty.
    /// - Throws: ``RoostError`` if the archive is incomplete, damaged or of a newer release, or if the folder has something in it.
    package func restore(to folder: String) async throws -> (facts: BackupFacts, size: BackupSize) {
        let folder = URL(filePath: folder).absoluteURL.resolvingSymlinksInPath().path
        let content: [String]
        do {
            content = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch CocoaError.fileReadNoSuchFile {
            content = []
        } catch {
            throw RoostError(.invalidInput, "'\(folder)' cannot be read as a folder.", field: "data")
        }
        guard content.isEmpty else {
            throw RoostError(
                .conflict,
                "The folder '\(folder)' is not empty. Restore to a new folder, then start the server with it.",
                field: "data"
            )
        }
        return try await StagingFolder.use(at: folder + ".restore", for: "restore") { staging in
            try await offload { try restore(to: folder, through: staging) }
        }
    }

    private func restore(to folder: String, through staging: String) throws -> (facts: BackupFacts, size: BackupSize) {
        let result = try read(to: staging)
        let damage = try Catalog.damage(at: "\(staging)/\(BackupLayout.database)")
        if let first = damage.first { throw Self.damaged("the catalog is damaged: \(first)") }
        do {
            try Files.moveFolder(staging, to: folder)
        } catch FileProblem.failed(_, let code) where code == EBUSY || code == EXDEV {
            throw RoostError(
                .invalidInput,
                "The folder '\(folder)' is a mount point, which cannot be replaced. Restore to a new folder in it.",
                field: "data"
            )
        } catch {
            throw RoostError(.unavailable, "\(error)", field: "data")
        }
        return result
    }

    private static func damaged(_ reason: String) -> RoostError {
        RoostError(.invalidInput, "The backup cannot be used: \(reason).", field: "file")
    }

    private func read(to folder: String?) throws -> (facts: BackupFacts, size: BackupSize) {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw RoostError(.notFound, "There is no readable file '\(path)'.", field: "file")
        }
        var reading = Reading(folder: folder)
        do {
            try Archive(path: path, limits: .none).forEachFile { path, isExecutable, read throws(ArchiveError) in
                try reading.add(path, isExecutable, read)
            }
        } catch {
            if let rejection = reading.rejection { throw rejection }
            throw RoostError(error == .full ? .insufficientStorage : .invalidInput, "\(error)", field: "file")
        }
        guard reading.isComplete, let facts = reading.facts else {
            throw Self.damaged("it is incomplete")
        }
        guard reading.hasDatabase else { throw Self.damaged("it has no catalog") }
        return (facts, reading.size)
    }

    /// What was read so far.
    private struct Reading {
        let folder: String?
        private(set) var facts: BackupFacts?
        private(set) var size = BackupSize()
        private(set) var isComplete = false
        private(set) var hasDatabase = false
        /// Why the archive was rejected, if the archive itself is readable.
        private(set) var rejection: RoostError?
        private var lines = ChecksumLines()

        init(folder: String?) { self.folder = folder }

        mutating func add(_ path: String, _ isExecutable: Bool, _ read: Archive.FileReader) throws(ArchiveError) {
            if isComplete { throw reject("'\(path)' comes after its end") }
            switch path {
            case BackupLayout.header where facts == nil:
                let bytes = try contents(read, limit: 1 << 16)
                lines.add(path, SHA256.hash(data: bytes))
                facts = try checkedFacts(bytes)
            case BackupLayout.checksums where facts != nil:
                let bytes = try contents(read, limit: lines.text.count + (1 << 20))
                guard bytes == lines.text else {
                    let name = lines.firstDifference(from: bytes)
                    throw reject("'\(name)' is damaged or missing: the archive has no file with its checksum")
                }
                isComplete = true
            case _ where facts == nil: throw reject("it was not made by 'roost backup'")
            case _ where BackupLayout.isKnown(path): try addFile(path, isExecutable, read)
            default: throw reject("it contains '\(path)', which no backup contains")
            }
        }

        private mutating func addFile(
            _ path: String,
            _ isExecutable: Bool,
            _ read: Archive.FileReader
        ) throws(ArchiveError) {
            var hash = SHA256()
            var bytes = 0
            let descriptor = try folder.map { folder throws(ArchiveError) in
                try Self.makeFile("\(folder)/\(path)", path, isExecutable)
            }
            defer { if let descriptor { close(descriptor) } }
            try read { chunk throws(ArchiveError) in
                hash.update(bufferPointer: chunk)
                bytes += chunk.count
                if let descriptor, !Files.append(chunk, to: descriptor) { throw .writeFailure() }
            }
            lines.add(path, hash.finalize())
            size.files += 1
            size.bytes += bytes
            if path == BackupLayout.database { hasDatabase = true }
        }

        private static func makeFile(_ target: String, _ path: String, _ isExecutable: Bool) throws(ArchiveError)
            -> Int32
        {
            let parent = (target as NSString).deletingLastPathComponent
            try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let descriptor = open(target, flags, isExecutable ? 0o700 : 0o600)
            guard descriptor >= 0 else {
                switch errno {
                case EEXIST: throw .twice(path)
                case EISDIR, ENOTDIR: throw .fileAndFolder(path)
                case ENAMETOOLONG: throw .longName(path)
                default: throw .writeFailure()
                }
            }
            return descriptor
        }

        private mutating func contents(_ read: Archive.FileReader, limit: Int) throws(ArchiveError) -> [UInt8] {
            var bytes: [UInt8] = []
            try read { chunk throws(ArchiveError) in
                guard bytes.count + chunk.count <= limit else { throw .tooLarge(limit: limit) }
                bytes.append(contentsOf: chunk)
            }
            return bytes
        }

        /// The format alone, which says whether the rest can be read.
        private struct Format: Decodable { var format: Int }

        private mutating func checkedFacts(_ bytes: [UInt8]) throws(ArchiveError) -> BackupFacts {
            let data = Data(bytes)
            guard let format = try? BackupFacts.decoder.decode(Format.self, from: data).format else {
                throw reject("'\(BackupLayout.header)' is not valid")
            }
            guard (1...BackupFacts.currentFormat).contains(format) else {
                throw reject("it has the format \(format), which only a newer release can read")
            }
            guard let facts = try? BackupFacts.decoder.decode(BackupFacts.self, from: data) else {
                throw reject("'\(BackupLayout.header)' is not valid")
            }
            return facts
        }

        private mutating func reject(_ reason: String) -> ArchiveError {
            rejection = BackupArchive.damaged(reason)
            return .unreadable(reason: reason)
        }
    }
}
