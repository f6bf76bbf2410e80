import Archives
import Definitions
import Foundation
import WorkThreads

/// A folder for work in progress, which one process at a time has. What a killed process left is removed by the next one.
struct StagingFolder: Sendable {
    private let root: String
    private let descriptor: Int32

    /// Calls `body` with the path of an empty folder, which is removed afterwards.
    ///
    /// - Parameters:
    ///   - root: Where the folder is made. Nothing else may be there.
    ///   - purpose: What is in progress, in case another process has the folder.
    static func use<Result>(
        at root: String,
        for purpose: String,
        _ body: (_ path: String) async throws -> Result
    ) async throws -> Result {
        let folder = try await offload { try StagingFolder(at: root, for: purpose) }
        do {
            let result = try await body(folder.path)
            try await offload { folder.remove() }
            return result
        } catch {
            try await offload { folder.remove() }
            throw error
        }
    }

    private var path: String { root + "/work" }

    private init(at root: String, for purpose: String) throws {
        self.root = root
        guard mkdir(root, 0o700) == 0 || errno == EEXIST else { throw Self.failure(root) }
        descriptor = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(root) }
        do {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw RoostError(.conflict, "Another \(purpose) is in progress: it uses '\(root)'.")
            }
            try FolderRemoval.remove(path)
            guard mkdir(path, 0o700) == 0 else { throw Self.failure(root) }
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func remove() {
        try? FolderRemoval.remove(path)
        rmdir(root)
        close(descriptor)
    }

    private static func failure(_ path: String) -> RoostError {
        RoostError(.unavailable, "'\(path)' cannot be created: \(String(cString: strerror(errno))).")
    }
}
