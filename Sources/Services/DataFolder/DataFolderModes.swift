import Archives
import Definitions
import Foundation

/// The permissions of the files in the data folder: for its owner, and optionally for a group.
struct DataFolderModes: Sendable {
    private let group: gid_t?

    /// - Parameter group: Name or number of a group whose members may read everything except the certificate authority's key.
    /// - Throws: ``RoostError`` if the group does not exist.
    init(group: String?) throws(RoostError) {
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

    /// Permission bits that no file in the folder may have.
    private var forbidden: mode_t { group == nil ? 0o077 : 0o027 }

    /// Sets the umask, so that everything that this process creates from now on has the right permissions.
    func begin() { umask(forbidden) }

    /// Removes other users' permissions on files and folders that already exist.
    ///
    /// The folder itself comes last: until it is done, each start checks everything again.
    ///
    /// - Returns: How many files and folders were changed.
    /// - Throws: ``RoostError`` if the folder's own permissions cannot be set.
    func restrict(_ folder: String) throws -> Int {
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
            // Emptied at each start. Until then, the data folder itself keeps others out.
            if ["jobs", "scratch"].contains(name) { continue }
            // Only the owner may read the key.
            count += restrict(entry, in: descriptor, isShared: name != "authority", depth: 0)
        }
        if let group, chown(folder, uid_t.max, group) != 0 { throw Self.failure(folder) }
        guard chmod(folder, wanted) == 0 else { throw Self.failure(folder) }
        return count + 1
    }

    private static func failure(_ folder: String) -> RoostError {
        RoostError(
            .unavailable,
            "Cannot set the permissions of the data folder '\(folder)': \(String(cString: strerror(errno)))."
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

    /// Returns the mode to set in place of `mode`. If there is a group, files created in a folder inherit the folder's group.
    private func mode(_ mode: mode_t, isFolder: Bool) -> mode_t {
        let kept = mode & 0o777 & ~forbidden
        guard group != nil else { return kept }
        return kept | (kept & 0o500) >> 3 | (isFolder ? mode_t(S_ISGID) : 0)
    }
}
