import Archives
import Foundation
import TestSupport
import Testing

@Suite("Folders from programs")
struct UntrustedFolderTests {
    private func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    @Test("the listing separates regular files from everything else", .timeLimit(.minutes(1)))
    func listing() throws {
        try withTemporaryFolder { folder in
            let root = folder + "/root"
            try makeFolder(root + "/deep/er")
            try makeFolder(folder + "/elsewhere")
            for path in ["b", "deep/a", "deep/er/c"] { try Data("x".utf8).write(to: URL(filePath: "\(root)/\(path)")) }
            try Data("secret".utf8).write(to: URL(filePath: folder + "/elsewhere/key"))
            #expect(mkfifo(root + "/pipe", 0o600) == 0)
            #expect(symlink(folder + "/elsewhere", root + "/folder") == 0)
            #expect(symlink(folder + "/elsewhere/key", root + "/deep/file") == 0)
            let opened = try UntrustedFolder(root)
            let listing = try opened.listing()
            #expect(listing.files == ["b", "deep/a", "deep/er/c"])
            #expect(listing.others == ["deep/file", "folder", "pipe"])
            #expect(try opened.file("deep/er/c").read(upTo: 10) == Array("x".utf8))
            #expect(throws: UntrustedFileError.notAFile("pipe")) { try opened.file("pipe") }
            try Data("secret".utf8).write(to: URL(filePath: folder + "/\u{301}key"))
            #expect(throws: UntrustedFileError.notAFile("../\u{301}key")) { try opened.file("../\u{301}key") }
            #expect(throws: UntrustedFileError.notAFile("deep/file")) { try opened.file("deep/file") }
            #expect(throws: UntrustedFileError.notAFile("folder/key")) { try opened.file("folder/key") }
            #expect(throws: UntrustedFileError.notAFile("deep")) { try opened.file("deep") }
            #expect(throws: UntrustedFileError.notAFile("../elsewhere/key")) { try opened.file("../elsewhere/key") }
            #expect(throws: UntrustedFileError.notAFile("folder")) { try opened.folder("folder") }
            #expect(throws: UntrustedFileError.notAFile("folder")) { try UntrustedFolder(root + "/folder") }
            #expect(throws: UntrustedFileError.notAFile("pipe")) { try UntrustedFile(path: root + "/pipe") }
            #expect(throws: UntrustedFileError.self) { try opened.file("nothing") }
        }
    }

    @Test("a file is read only up to its size when it was opened")
    func growing() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/log"
            try Data("12345".utf8).write(to: URL(filePath: path))
            let file = try UntrustedFile(path: path)
            let more = try FileHandle(forWritingTo: URL(filePath: path))
            try more.seekToEnd()
            try more.write(contentsOf: Data(repeating: 0x36, count: 1000))
            try more.close()
            #expect(file.byteCount == 5)
            #expect(try file.read(upTo: 1 << 20) == Array("12345".utf8))
            #expect(try file.read(from: 3, upTo: 1 << 20) == Array("45".utf8))
            #expect(try file.read(from: 5, upTo: 1 << 20) == [])
        }
    }

    /// Creates nested folders that are deeper than the longest possible path.
    private func makeDeep(_ root: String, _ depth: Int) throws {
        try makeFolder(root)
        var current = open(root, O_RDONLY | O_DIRECTORY)
        for _ in 0..<depth {
            #expect(mkdirat(current, "deeper", 0o755) == 0)
            let next = openat(current, "deeper", O_RDONLY | O_DIRECTORY)
            close(current)
            current = next
        }
        let file = openat(current, "file", O_WRONLY | O_CREAT, 0o644)
        #expect(file >= 0)
        close(file)
        close(current)
    }

    @Test("a folder that is nested too deeply is not packed")
    func tooDeep() throws {
        try withTemporaryFolder { folder in
            try makeDeep(folder + "/root", 3000)
            defer { try? FolderRemoval.remove(folder + "/root") }
            #expect(throws: UntrustedFileError.tooDeep(limit: UntrustedFolder.depthLimit)) {
                try TarGzip.pack(UntrustedFolder(folder + "/root"), to: folder + "/a.tar.gz")
            }
        }
    }

    @Test("a folder with huge sparse files is not packed")
    func sparse() throws {
        try withTemporaryFolder { folder in
            try makeFolder(folder + "/root")
            #expect(FileManager.default.createFile(atPath: folder + "/root/holes", contents: nil))
            #expect(truncate(folder + "/root/holes", 1 << 40) == 0)
            #expect(throws: UntrustedFileError.self) {
                try TarGzip.pack(UntrustedFolder(folder + "/root"), to: folder + "/a.tar.gz")
            }
        }
    }

    @Test("a folder can be removed at any depth, with any names and permissions")
    func removal() throws {
        try withTemporaryFolder { folder in
            let root = folder + "/root"
            try makeDeep(root, 3000)
            try makeFolder(root + "/locked/inner")
            try makeFolder(folder + "/elsewhere")
            try Data("x".utf8).write(to: URL(filePath: folder + "/elsewhere/kept"))
            try Data("x".utf8).write(to: URL(filePath: root + "/locked/inner/file"))
            #expect(symlink(folder + "/elsewhere", root + "/locked/link") == 0)
            #expect(mkfifo(root + "/pipe", 0o600) == 0)
            let descriptor = open(root, O_RDONLY | O_DIRECTORY)
            let name: [CChar] = [-1, -2, 10, 0]
            #expect(mkdirat(descriptor, name, 0o755) == 0)
            close(descriptor)
            chmod(root + "/locked/inner", 0)
            chmod(root + "/locked", 0)
            try FolderRemoval.remove(root)
            #expect(!FileManager.default.fileExists(atPath: root))
            #expect(FileManager.default.fileExists(atPath: folder + "/elsewhere/kept"))
            // The folder no longer exists, which is not an error.
            try FolderRemoval.remove(root)
        }
    }

    @Test("a link is removed without its target")
    func link() throws {
        try withTemporaryFolder { folder in
            try makeFolder(folder + "/elsewhere/kept")
            #expect(symlink(folder + "/elsewhere", folder + "/link") == 0)
            try FolderRemoval.remove(folder + "/link")
            #expect(FileManager.default.fileExists(atPath: folder + "/elsewhere/kept"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/link"))
        }
    }
}
