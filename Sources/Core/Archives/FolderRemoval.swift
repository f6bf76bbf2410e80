import CArchive
import Foundation

/// Removes a folder that a user's program wrote to. It may be thousands of levels deep, with paths too long for any system call,
/// and contain folders without read permission.
package struct FolderRemoval {
    private struct Identity: Hashable {
        let device: dev_t
        let number: ino_t
    }

    private struct Level {
        let name: [UInt8]
        let parent: Identity
        var folders: [[UInt8]]
    }

    /// The first path that could not be removed, and the reason.
    private var problem: (path: String, reason: String)?

    /// Removes the file, folder or link at `path`. It does not follow links. A missing path is not an error. May block.
    ///
    /// - Throws: ``UntrustedFileError`` if something could not be removed; everything else is removed.
    package static func remove(_ path: String) throws(UntrustedFileError) {
        var removal = FolderRemoval()
        removal.remove(path)
        if let problem = removal.problem { throw .unreadable(problem.path, reason: problem.reason) }
    }

    private mutating func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            if unlink(path) != 0 { note(Array(path.utf8)) }
            return
        }
        let name = Array(path.utf8)
        guard let (root, _) = open(name, in: AT_FDCWD) else { return note(name) }
        removeAll(in: root)
        if rmdir(path) != 0, errno != ENOENT { note(name) }
    }

    /// Removes everything in a folder and closes the folder. Only one descriptor is open at a time, at any depth: `..` leads
    /// back, and is verified first.
    private mutating func removeAll(in root: Int32) {
        var current = root
        var levels: [Level] = []
        var folders = removeFiles(in: current)
        while true {
            if let name = folders.popLast() {
                guard let (next, parent) = open(name, in: current) else {
                    note(name)
                    continue
                }
                levels.append(Level(name: name, parent: parent, folders: folders))
                close(current)
                current = next
                folders = removeFiles(in: current)
                continue
            }
            guard let level = levels.popLast() else { break }
            let above = openat(current, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(current)
            current = above
            // Someone is moving folders: this is a different one.
            guard above >= 0, Self.identity(of: above) == level.parent else {
                if above >= 0 { close(above) }
                return note(level.name)
            }
            if level.name.withCString({ unlinkat(current, $0, AT_REMOVEDIR) }) != 0, errno != ENOENT {
                note(level.name)
            }
            folders = level.folders
        }
        close(current)
    }

    /// Removes everything except folders, and returns the folders.
    private mutating func removeFiles(in folder: Int32) -> [[UInt8]] {
        var folders: [[UInt8]] = []
        for entry in UntrustedFolder.entries(of: folder) {
            if entry.kind == .folder {
                folders.append(entry.name)
            } else if entry.name.withCString({ unlinkat(folder, $0, 0) }) != 0, errno != ENOENT {
                note(entry.name)
            }
        }
        return folders
    }

    /// Opens a folder with permission to remove its content, and returns it with the identity of its parent.
    private func open(_ name: [UInt8], in parent: Int32) -> (folder: Int32, parent: Identity)? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var folder = name.withCString { openat(parent, $0, flags) }
        if folder < 0, errno == EACCES {
            // The folder belongs to the server's user, but without read permission.
            _ = name.withCString { fchmodat(parent, $0, 0o700, 0) }
            folder = name.withCString { openat(parent, $0, flags) }
        }
        guard folder >= 0 else { return nil }
        fchmod(folder, 0o700)
        guard parent == AT_FDCWD || Self.identity(of: parent) != nil else {
            close(folder)
            return nil
        }
        return (folder, Self.identity(of: parent) ?? Identity(device: 0, number: 0))
    }

    private static func identity(of folder: Int32) -> Identity? {
        var status = stat()
        guard fstat(folder, &status) == 0 else { return nil }
        return Identity(device: status.st_dev, number: status.st_ino)
    }

    private mutating func note(_ path: [UInt8]) {
        guard problem == nil else { return }
        problem = (String(decoding: path, as: UTF8.self), String(cString: strerror(errno)))
    }
}
