import Archives
package import Definitions
import Foundation

/// Who may read what is in the data folder: its owner, and a group where one is named.
package struct DataFolderModes: Sendable {
    private let group: gid_t?

    /// - Parameter group: The name or the number of a group whose members may read everything but the key of the authority.
    /// - Throws: ``RoostError`` where there is no such group.
    package init(group: String?) throws(RoostError) {
        guard let group else {
            self.group = nil
            return
        }
        if let number = gid_t(group) {
            self.group = number
        } else if let entry = getgrnam(group) {
            self.group = entry.pointee.gr_gid
        } else {
            throw RoostError(.invalidInput, "There is no group '\(group)'.", field: "data-group")
        }
    }

    /// Bits that nothing in the folder may have.
    private var forbidden: mode_t { group == nil ? 0o077 : 0o027 }

    /// Makes all that this process creates from now on as it should be.
    package func begin() { umask(forbidden) }

    /// Takes from files and folders that are there already what others may do with them.
    ///
    /// The folder itself is done at last: as long as it is not, the next start goes through all of it again.
    ///
    /// - Returns: How many were changed.
    package func restrict(_ folder: String) throws -> Int {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw Self.failure(folder) }
        let wanted = mode(status.st_mode, isFolder: true)
        guard status.st_mode & 0o7777 != wanted || group.map({ $0 != status.st_gid }) ?? false else { return 0 }
        var count = 0
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(folder) }
        defer { close(descriptor) }
        for entry in UntrustedFolder.entries(of: descriptor) {
            let name = String(decoding: entry.name, as: UTF8.self)
            // Emptied at each start, and the folder above keeps others out until then.
            if ["jobs", "scratch"].contains(name) { continue }
            // The key is its owner's alone.
            count += restrict(entry, in: descriptor, isShared: name != "authority", depth: 0)
        }
        if let group, chown(folder, uid_t.max, group) != 0 { throw Self.failure(folder) }
        guard chmod(folder, wanted) == 0 else { throw Self.failure(folder) }
        return count + 1
    }

    private static func failure(_ folder: String) -> RoostError {
        RoostError(
            .unavailable,
            "The modes of the data folder '\(folder)' cannot be set: \(String(cString: strerror(errno)))."
        )
    }

    private func restrict(_ entry: UntrustedFolder.Entry, in folder: Int32, isShared: Bool, depth: Int) -> Int {
        guard entry.kind != .other, depth < UntrustedFolder.depthLimit else { return 0 }
        let isFolder = entry.kind == .folder
        let kind = isFolder ? O_DIRECTORY : O_NONBLOCK
        let descriptor = entry.withName { openat(folder, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind) }
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return 0 }
        var count = 0
        if isFolder {
            for below in UntrustedFolder.entries(of: descriptor) {
                count += restrict(below, in: descriptor, isShared: isShared, depth: depth + 1)
            }
        }
        let wanted = isShared ? mode(status.st_mode, isFolder: isFolder) : status.st_mode & 0o700
        if isShared, let group, status.st_gid != group { fchown(descriptor, uid_t.max, group) }
        guard status.st_mode & 0o7777 != wanted else { return count }
        return fchmod(descriptor, wanted) == 0 ? count + 1 : count
    }

    /// What a mode becomes. A group's folders hand their group on to what is made in them.
    private func mode(_ mode: mode_t, isFolder: Bool) -> mode_t {
        let kept = mode & 0o777 & ~forbidden
        guard group != nil else { return kept }
        return kept | (kept & 0o500) >> 3 | (isFolder ? mode_t(S_ISGID) : 0)
    }
}
