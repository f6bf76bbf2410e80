import Foundation
import TestSupport
import Testing

@testable import Archives

@Suite("Writing zip archives")
struct ZipArchiveTests {
    private func makeFolder(_ folder: String, _ files: [String: String]) throws -> String {
        for (name, text) in files {
            let path = "\(folder)/\(name)"
            let parent = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        return folder
    }

    @Test("an archive has all files but those of Git and Python's caches")
    func files() throws {
        try withTemporaryFolder { folder in
            let source = try makeFolder(
                folder + "/source",
                [
                    "function.py": "import words", "words/__init__.py": "", "é": "x", ".git/HEAD": "ref",
                    "__pycache__/function.pyc": "x", "words/__pycache__/a.pyc": "x", "run": "#!/bin/sh\n",
                ]
            )
            chmod(source + "/run", 0o755)
            symlink("HEAD", source + "/.git/link")
            try ZipArchive.pack(UntrustedFolder(source), to: folder + "/a.zip")
            let target = folder + "/target"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
            let names = try Archive(path: folder + "/a.zip").extract(to: target, keepsExecutable: true)
            #expect(names == ["function.py", "run", "words/__init__.py", "é"])
            #expect(access(target + "/run", X_OK) == 0)
            #expect(access(target + "/function.py", X_OK) != 0)
            // Another program reads it too.
            try python(
                "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)",
                folder + "/a.zip"
            )
        }
    }

    @Test("the same files give the same bytes, whatever their times")
    func determinism() throws {
        try withTemporaryFolder { folder in
            for (name, time) in [("a", 1_000_000_000.0), ("b", 2_000_000_000.0)] {
                let source = try makeFolder("\(folder)/\(name)", ["function.py": "def handler(e, c): return e"])
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: time)],
                    ofItemAtPath: source + "/function.py"
                )
                try ZipArchive.pack(UntrustedFolder(source), to: "\(folder)/\(name).zip")
            }
            let archives = try ["a", "b"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0).zip")) }
            #expect(archives[0] == archives[1])
            #expect(
                try Data(ZipArchive.pack(Array("def handler(e, c): return e".utf8), as: "function.py")) == archives[0]
            )
        }
    }

    @Test("a link is refused")
    func link() throws {
        try withTemporaryFolder { folder in
            let source = try makeFolder(folder + "/source", ["function.py": ""])
            symlink("/etc/passwd", source + "/link")
            #expect(throws: UntrustedFileError.notAFile("link")) {
                try ZipArchive.pack(UntrustedFolder(source), to: folder + "/a.zip")
            }
        }
    }

    @Test(
        "an archive of one file is complete, whether its bytes can be compressed or not",
        arguments: [0, 1, 3_000_000]
    )
    func oneFile(byteCount: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for bytes in [random, [UInt8](repeating: 7, count: byteCount)] {
            try withTemporaryFolder { folder in
                try Data(ZipArchive.pack(bytes, as: "function.py")).write(to: URL(filePath: folder + "/a.zip"))
                #expect(try Archive(path: folder + "/a.zip").contents(ofFileNamed: "function.py") == bytes)
            }
        }
    }
}
