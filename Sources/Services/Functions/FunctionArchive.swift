import Archives
import Definitions
import Foundation
import Synchronization
import WorkThreads

/// The archives of functions and layers, unpacked.
///
/// An archive is unpacked when its first process starts, into a folder that all its processes share. The folder is removed when
/// neither a process nor a record needs it any more, and what is left by the next start of the server.
final class FunctionArchives: Sendable {
    private struct Entry {
        let folder: String
        let unpacking: Task<Void, any Error>
        /// Processes that start or run.
        var userCount = 0
        var isWanted = true
    }

    private struct State {
        /// By the digests of the archives.
        var entries: [String: Entry] = [:]
        var lastNumber = 0
    }

    private let folder: String
    private let state = Mutex(State())

    init(folder: String) { self.folder = folder }

    /// Returns the folder with the contents of an archive, unpacked if necessary. It stays at least until its use ends.
    func use(_ code: FunctionCode, path: String) async throws -> UnpackedCode {
        let digest = code.digest
        let (target, unpacking) = state.withLock { state in
            if let known = state.entries[digest] {
                state.entries[digest]?.userCount += 1
                return (known.folder, known.unpacking)
            }
            // A folder of the same archive may still be on its way out.
            state.lastNumber += 1
            let target = "\(folder)/\(digest.prefix(32))-\(state.lastNumber)"
            let task = Task { try await offload { try FunctionArchive.unpack(path, to: target) } }
            state.entries[digest] = Entry(folder: target, unpacking: task, userCount: 1)
            return (target, task)
        }
        let use = UnpackedCode(folder: target) { [weak self] in self?.endUse(of: digest, target) }
        do {
            try await unpacking.value
            return use
        } catch {
            // The next process tries again: the disk may have been full.
            state.withLock { state in
                if state.entries[digest]?.folder == target { state.entries[digest] = nil }
            }
            Self.remove(target)
            throw error
        }
    }

    /// Removes the folders of all archives but those with these digests, each as soon as no process uses it.
    func removeAll(except wanted: Set<String>) {
        let unused = state.withLock { state in
            for digest in state.entries.keys { state.entries[digest]?.isWanted = wanted.contains(digest) }
            let unused = state.entries.filter { !$0.value.isWanted && $0.value.userCount == 0 }
            for digest in unused.keys { state.entries[digest] = nil }
            return unused.values.map(\.folder)
        }
        for folder in unused { Self.remove(folder) }
    }

    private func endUse(of digest: String, _ target: String) {
        let isUnused = state.withLock { state in
            guard var entry = state.entries[digest], entry.folder == target else { return false }
            entry.userCount -= 1
            let isUnused = entry.userCount == 0 && !entry.isWanted
            state.entries[digest] = isUnused ? nil : entry
            return isUnused
        }
        if isUnused { Self.remove(target) }
    }

    /// Removes a folder in its own time. Nobody waits for it.
    private static func remove(_ folder: String) { Task { try? await offload { try FolderRemoval.remove(folder) } } }
}

/// A process's use of an unpacked archive. It ends once, at the latest with the object.
final class UnpackedCode: Sendable {
    let folder: String
    private let onEnd: Mutex<(@Sendable () -> Void)?>

    init(folder: String, onEnd: @escaping @Sendable () -> Void) {
        self.folder = folder
        self.onEnd = Mutex(onEnd)
    }

    deinit { end() }

    func end() { onEnd.withLock { $0.take() }?() }
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
