package import Foundation

/// Files that are complete or not there, also after a crash of the machine.
package enum Files {
    /// Writes a whole file, in place of one that is there.
    package static func write(_ bytes: some ContiguousBytes, to path: String, mode: mode_t = 0o644) throws(FileProblem)
    {
        let draft = try FileDraft(at: "\(path).\(UUID().uuidString).partial", mode: mode)
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(FileProblem) in try draft.append(bytes) }
        }
        try result.get()
        try draft.publish(at: path)
    }

    /// Moves a folder, and returns once the folder and everything in it survive a crash of the machine.
    package static func moveFolder(_ path: String, to target: String) throws(FileProblem) {
        guard rename(path, target) == 0 else { throw FileProblem(path: target) }
        sync()
    }

    /// Gives a file a second name, and that its folder if it is missing. The name survives a crash of the machine.
    package static func link(_ path: String, at target: String) throws(FileProblem) {
        try makeFolder(of: target)
        guard Foundation.link(path, target) == 0 else { throw FileProblem(path: target) }
        flushFolders(of: target)
    }

    /// Appends all of the bytes at the descriptor's position.
    ///
    /// - Returns: `false` if not all of them could be written; `errno` says why.
    package static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = Foundation.write(descriptor, base, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }

    /// Waits until what was written is on the disk.
    package static func flush(_ descriptor: Int32) { fsync(descriptor) }

    /// Waits until what was created, renamed and removed in a folder is on the disk: a rename alone does not promise it.
    package static func flush(folder path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Makes the folder that a file is in, unless it is there.
    static func makeFolder(of path: String) throws(FileProblem) {
        guard mkdir(folder(of: path), 0o755) == 0 || errno == EEXIST else { throw FileProblem(path: path) }
    }

    /// Flushes the folder that a file is in, and the one above it, which has changed too if the folder is new.
    static func flushFolders(of path: String) {
        let folder = folder(of: path)
        flush(folder: folder)
        flush(folder: self.folder(of: folder))
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
