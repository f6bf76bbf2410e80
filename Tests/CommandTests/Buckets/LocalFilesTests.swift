import Definitions
import Testing

@testable import roost

@Suite("Keys as paths of files")
struct LocalFilesTests {
    private let folder = ObjectURI(bucket: "b", key: "f")

    @Test("keys become paths below the folder, and folders themselves nothing")
    func paths() throws {
        let keys = ["f/", "f/a", "f/deep/", "f/deep/b.csv", "f/ü"]
        #expect(try LocalFiles.paths(of: keys, in: folder) == [nil, "a", nil, "deep/b.csv", "ü"])
        let all = ObjectURI(bucket: "b", key: "")
        #expect(try LocalFiles.paths(of: ["x/y"], in: all) == ["x/y"])
    }

    @Test(
        "a key that leads elsewhere, or cannot be a file, is refused",
        arguments: ["f/../a", "f//a", "f/a/./b", "f/..", "f/a\0b", "f/a/../../../b", "f/../\u{301}a"]
    )
    func hostile(key: String) {
        #expect(throws: RoostError.self) { try LocalFiles.paths(of: ["f/fine", key], in: folder) }
    }

    @Test("a key cannot be a file and a folder")
    func both() {
        #expect(throws: RoostError.self) { try LocalFiles.paths(of: ["f/a", "f/a/b"], in: folder) }
        #expect(throws: RoostError.self) { try LocalFiles.paths(of: ["f/a/b/c", "f/a"], in: folder) }
    }
}
