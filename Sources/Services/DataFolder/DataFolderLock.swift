import Definitions
import Foundation

/// Keeps other servers out of a data folder until it is released or its process ends.
///
/// A second server would mistake uploads in progress for leftovers of a crash, and run the first one's jobs again.
final class DataFolderLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``RoostError`` if another server uses the folder, or if it cannot be created.
    init(folder: String) throws {
        let path = folder + "/lock"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw RoostError(
                .unavailable,
                "The data folder '\(folder)' cannot be created: \(error.localizedDescription)"
            )
        }
        // Not inherited, because a job may outlive its server for a moment.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RoostError(.unavailable, "'\(path)' cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let holder = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { " (process \($0))" } ?? ""
            throw RoostError(
                .conflict,
                "Another server\(holder) is using the data folder '\(folder)'. Choose another folder with --data."
            )
        }
        // For people who look for the lock's owner, and for the message above.
        ftruncate(descriptor, 0)
        let text = "\(ProcessInfo.processInfo.processIdentifier)\n"
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    deinit { close(descriptor) }
}
