import Archives
import Definitions
import Files
import Foundation
import WorkThreads

/// Writes the content of a data folder into one archive, whether or not a server uses the folder.
///
/// The archive is a tar file that contains the folder's files, with their checksums at its end. First the files that never change
/// get a second name, so that they stay even if the server removes them. Then the catalog is copied, and then the logs: what
/// the catalog refers to is therefore in the archive, and the logs are at least as new as the catalog.
package struct Backup: Sendable {
    private let folder: String

    /// - Parameter folder: The data folder.
    package init(of folder: String) { self.folder = folder }

    package struct Summary: Sendable {
        package var size: BackupSize
        /// Files that the catalog refers to, and that are not in the data folder.
        package var missing: [String]
    }

    /// Writes the archive to a file, in place of one that is there, once it is complete. Only its owner may read it.
    ///
    /// - Parameter progress: Called with the number of bytes written, and of all bytes.
    /// - Throws: ``RoostError`` if the folder has no data, if another backup of it is in progress, or if the file cannot be
    ///   written.
    package func write(
        to path: String,
        facts: BackupFacts,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Summary {
        guard !isInFolder(path) else {
            throw RoostError(.invalidInput, "The backup '\(path)' must not be in the data folder.", field: "file")
        }
        // Before the work, in case it cannot be written.
        let partial = path + ".partial"
        unlink(partial)
        do {
            let draft = try FileDraft(at: partial, mode: 0o600)
            let summary = try await write(toDescriptor: draft.descriptor, facts: facts, progress: progress)
            try draft.publish(at: path)
            return summary
        } catch let problem as FileProblem {
            throw RoostError(problem == .full ? .insufficientStorage : .invalidInput, "\(problem)", field: "file")
        }
    }

    /// Writes the archive to an open file or pipe.
    package func write(
        toDescriptor descriptor: Int32,
        facts: BackupFacts,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Summary {
        guard FileManager.default.fileExists(atPath: "\(folder)/\(BackupLayout.database)") else {
            throw RoostError(.notFound, "There is no data in the folder '\(folder)'.", field: "data")
        }
        do {
            return try await StagingFolder.use(at: Self.staging(in: folder), for: "backup") { staging in
                let snapshot = try await Snapshot(of: folder, in: staging)
                return Summary(
                    size: try await snapshot.write(to: descriptor, facts, progress),
                    missing: snapshot.missing
                )
            }
        } catch let error as ArchiveError {
            throw RoostError(
                error == .full ? .insufficientStorage : .unavailable,
                "The backup cannot be written: \(error.reason).",
                field: "file"
            )
        } catch let error as UntrustedFileError {
            throw RoostError(.unavailable, "The backup failed: \(error)")
        }
    }

    private func isInFolder(_ path: String) -> Bool {
        let parent = URL(filePath: path).absoluteURL.deletingLastPathComponent().resolvingSymlinksInPath().path
        let folder = URL(filePath: folder).absoluteURL.resolvingSymlinksInPath().path
        return parent == folder || parent.hasPrefix(folder + "/")
    }

    /// Removes what a backup that was killed has left in a data folder, unless a backup is in progress.
    package static func removeRemains(in folder: String) async {
        guard FileManager.default.fileExists(atPath: staging(in: folder)) else { return }
        try? await StagingFolder.use(at: staging(in: folder), for: "backup") { _ in }
    }

    private static func staging(in folder: String) -> String { folder + "/backup" }
}
