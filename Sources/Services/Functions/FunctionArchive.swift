import Archives
import Definitions
import Foundation
import Synchronization
import WorkThreads

/// The archives of functions and layers, unpacked.
///
/// An archive is unpacked when its first process starts, into a folder that all its processes share and that the next start of the
/// server removes.
final class FunctionArchives: Sendable {
    private let folder: String
    /// What is unpacked, or is being unpacked, by its digest.
    private let unpacked = Mutex<[String: Task<String, any Error>]>([:])

    init(folder: String) { self.folder = folder }

    /// Removes what an earlier server left.
    func removeAll() { try? FolderRemoval.remove(folder) }

    /// Returns the folder with the contents of an archive, unpacked if necessary.
    func folder(of code: FunctionCode, path: String) async throws -> String {
        let task = unpacked.withLock { unpacked in
            if let known = unpacked[code.digest] { return known }
            let target = "\(folder)/\(code.digest.prefix(32))"
            let task = Task {
                try await offload { try FunctionArchive.unpack(path, to: target) }
                return target
            }
            unpacked[code.digest] = task
            return task
        }
        do {
            return try await task.value
        } catch {
            // The next process tries again: the disk may have been full.
            unpacked.withLock { $0[code.digest] = nil }
            throw error
        }
    }
}

/// An untrusted zip archive of a function or a layer.
enum FunctionArchive {
    private static var limits: Archive.Limits {
        var limits = Archive.Limits()
        limits.entries = 50_000
        limits.bytes = FunctionService.unpackedLimit
        return limits
    }

    /// Checks that a file is a zip archive that can be unpacked.
    static func check(_ path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path), let head = try file.read(upToCount: 4),
            head == Data([0x50, 0x4B, 3, 4]) || head == Data([0x50, 0x4B, 5, 6])
        else { throw FunctionProblem.notAnArchive(reason: "it does not begin as a zip archive does") }
        do {
            try Archive(path: path, limits: limits).verify()
        } catch {
            throw problem(error)
        }
    }

    static func unpack(_ path: String, to target: String) throws {
        try? FolderRemoval.remove(target)
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try Archive(path: path, limits: limits).extract(to: target, keepsExecutable: true)
    }

    /// Zip archives that were made on other systems may not mark a program as executable.
    static func makeExecutable(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        chmod(path, status.st_mode & 0o777 | 0o555)
    }

    private static func problem(_ error: ArchiveError) -> any Error {
        switch error {
        case .tooLarge, .ratio: FunctionProblem.unpackedTooLarge(limit: FunctionService.unpackedLimit)
        case .full: error
        default: FunctionProblem.notAnArchive(reason: error.description)
        }
    }
}
