package import Foundation

/// A file that is being written. It gets its name complete or not at all; until then it has a name of its own, which is removed
/// with the draft.
package struct FileDraft: ~Copyable, Sendable {
    /// Where the bytes are until ``publish(at:)``.
    package let path: String
    package let descriptor: Int32

    /// - Parameter path: Must not exist.
    package init(at path: String, mode: mode_t = 0o644) throws(FileProblem) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileProblem(path: path) }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) {
        guard Files.append(bytes, to: descriptor) else { throw FileProblem(path: path) }
    }

    /// Gives the file its name, in place of one that has it, and its folder if that is missing. What this returns from survives
    /// a crash of the machine.
    package func publish(at target: String) throws(FileProblem) {
        try Files.makeFolder(of: target)
        guard fsync(descriptor) == 0, rename(path, target) == 0 else { throw FileProblem(path: target) }
        Files.flushFolders(of: target)
    }
}
