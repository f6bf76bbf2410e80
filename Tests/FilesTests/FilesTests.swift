import Files
import Foundation
import TestSupport
import Testing

struct FilesTests {
    @Test("a written file replaces the one that was there, and leaves nothing beside it")
    func write() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try Files.write(Data("first".utf8), to: path)
            try Files.write(Data("second".utf8), to: path, mode: 0o600)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "second")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("a draft that is not published leaves nothing")
    func abandon() throws {
        try withTemporaryFolder { folder in
            let wasThere = try Self.writeHalf(to: folder + "/draft")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(wasThere)
            #expect(left.isEmpty)
        }
    }

    /// Whether a draft was there before it was abandoned.
    private static func writeHalf(to path: String) throws -> Bool {
        let draft = try FileDraft(at: path)
        let half = Array("half".utf8)
        try half.withUnsafeBytes { try draft.append($0) }
        return FileManager.default.fileExists(atPath: path)
    }

    @Test("a draft makes its folder")
    func publish() throws {
        try withTemporaryFolder { folder in
            let draft = try FileDraft(at: folder + "/draft")
            try draft.publish(at: folder + "/ab/file")
            #expect(FileManager.default.fileExists(atPath: folder + "/ab/file"))
        }
    }

    @Test("a path without a folder is one in the current folder")
    func currentFolder() throws {
        let name = "roost-tests-\(UUID().uuidString)"
        defer { unlink(name) }
        try Files.write(Data("here".utf8), to: name)
        #expect(try String(contentsOfFile: name, encoding: .utf8) == "here")
    }

    @Test("a folder moves with everything in it, but not over one that is not empty")
    func moveFolder() throws {
        try withTemporaryFolder { folder in
            for name in ["first", "second"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
                try Files.write(Data(name.utf8), to: "\(folder)/\(name)/file")
            }
            try Files.moveFolder(folder + "/first", to: folder + "/moved")
            #expect(try String(contentsOfFile: folder + "/moved/file", encoding: .utf8) == "first")
            #expect(throws: FileProblem.failed(path: folder + "/moved", code: ENOTEMPTY)) {
                try Files.moveFolder(folder + "/second", to: folder + "/moved")
            }
        }
    }

    @Test("a second name for a file outlives the first")
    func link() throws {
        try withTemporaryFolder { folder in
            try Files.write(Data("bytes".utf8), to: folder + "/first")
            try Files.link(folder + "/first", at: folder + "/ab/second")
            unlink(folder + "/first")
            #expect(try String(contentsOfFile: folder + "/ab/second", encoding: .utf8) == "bytes")
            #expect(throws: FileProblem.failed(path: folder + "/ab/third", code: ENOENT)) {
                try Files.link(folder + "/first", at: folder + "/ab/third")
            }
        }
    }

    @Test("what cannot be written says which file and why")
    func problem() {
        #expect(throws: FileProblem.failed(path: "/no/such/file", code: ENOENT)) {
            try FileDraft(at: "/no/such/file").publish(at: "/no")
        }
        #expect(
            FileProblem.failed(path: "/a", code: ENOENT).description
                == "'/a' cannot be written: No such file or directory."
        )
    }
}
