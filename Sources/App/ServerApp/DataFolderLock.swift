import Definitions
import Foundation

/// Keeps other servers out of a data folder for as long as it lives, or its process does.
///
/// A second server would take what the first one is receiving for rests of a crash, and run its jobs again.
final class DataFolderLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``RoostError`` where another server has the folder, or it cannot be made.
    init(folder: String) throws {
        let path = folder + "/lock"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw RoostError(.unavailable, "The data folder '\(folder)' cannot be made: \(error.localizedDescription)")
        }
        // Not inherited: a job may outlive its server for a moment.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RoostError(.unavailable, "'\(path)' cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let holder = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { ", process \($0)," } ?? ""
            throw RoostError(
                .conflict,
                "Another server\(holder) has the data folder '\(folder)'. Give this one a folder of its own with --data."
            )
        }
        // For people who look who it is, and for the message above.
        ftruncate(descriptor, 0)
        let text = "\(ProcessInfo.processInfo.processIdentifier)\n"
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    deinit { close(descriptor) }
}
