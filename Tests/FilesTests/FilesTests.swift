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

    @Test("what cannot be written says which file and why")
    func problem() {
        #expect(throws: FileProblem.failed(path: "/no/such/file", code: ENOENT)) {
            try FileDraft(at: "/no/such/file").publish(at: "/no")
        }
        #expect(FileProblem.failed(path: "/a", code: ENOENT).description == "'/a' cannot be written: No such file or directory.")
    }
}
