import Foundation
import TestSupport
import Testing

@testable import Archives

@Suite("Unpacking archives")
struct ArchiveTests {
    @Test("files are unpacked with their paths in the archive", arguments: Kind.allCases)
    func extract(kind: Kind) throws {
        let script = """
            add("model/saved_model.pb", b"graph")
            add("./model/variables/./variables.index", b"index")
            add("empty")
            add("é/ name with spaces", b"text")
            """
        try withArchive(kind, script) { path, folder throws in
            let paths = ["model/saved_model.pb", "model/variables/variables.index", "empty", "é/ name with spaces"]
            #expect(try Archive(path: path).fileNames() == paths)
            #expect(try Archive(path: path).extract(to: folder) == paths)
            #expect(
                texts(in: folder) == [
                    "model/saved_model.pb": "graph", "model/variables/variables.index": "index", "empty": "",
                    "é/ name with spaces": "text",
                ]
            )
        }
    }

    @Test("folder entries are not files", arguments: Kind.allCases)
    func folders(kind: Kind) throws {
        let add = kind == .zip ? #"add("a/")"# : #"add("./", type=tarfile.DIRTYPE); add("a", type=tarfile.DIRTYPE)"#
        try withArchive(kind, add + "\nadd(\"a/b\", b\"1\")") { path, folder throws in
            #expect(try Archive(path: path).extract(to: folder) == ["a/b"])
        }
    }

    @Test("an archive inside an archive is not unpacked")
    func nested() throws {
        let script = """
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as z: z.writestr("../x", "1")
            add("inner.zip", inner.getvalue())
            """
        for kind in Kind.allCases {
            try withArchive(kind, script) { path, folder throws in
                #expect(try Archive(path: path).extract(to: folder) == ["inner.zip"])
                #expect(throws: ArchiveError.unsafePath("../x")) {
                    try Archive(path: folder + "/inner.zip").fileNames()
                }
            }
        }
    }

    @Test("only wanted files are written")
    func wanted() throws {
        try withArchive(.zip, #"add("a.so", b"1"); add("b/c.py", b"2"); add("b/d.so", b"3")"#) { path, folder throws in
            #expect(try Archive(path: path).extract(to: folder) { $0.hasSuffix(".so") } == ["a.so", "b/d.so"])
            #expect(texts(in: folder) == ["a.so": "1", "b/d.so": "3"])
        }
    }

    @Test("a large file is unpacked completely", arguments: Kind.allCases)
    func large(kind: Kind) throws {
        // Incompressible and compressible data, each larger than a reader's chunk.
        let script = "add('a', os.urandom(700_000)); add('b', b'ab' * 500_000)"
        try withArchive(kind, script) { path, folder in
            try Archive(path: path).extract(to: folder)
            #expect(FileManager.default.contents(atPath: folder + "/a")?.count == 700_000)
            #expect(
                FileManager.default.contents(atPath: folder + "/b")
                    == Data(String(repeating: "ab", count: 500_000).utf8)
            )
        }
    }

    @Test("a file is found by name in any folder", arguments: [Kind.tarGzip, .zip])
    func member(kind: Kind) throws {
        let script = """
            add("my-xgboost-model", b"0"); add("xgboost-model.txt", b"1"); add("a/xgboost-model/x", b"2")
            add("export/xgboost-model", b"3"); add("xgboost-model", b"4")
            """
        try withArchive(kind, script) { path, _ throws in
            let archive = Archive(path: path)
            #expect(try archive.contents(ofFileNamed: "xgboost-model") == Array("3".utf8))
            #expect(try archive.contents(ofFileNamed: "model") == nil)
        }
    }

    /// The archive's data does not contain the holes of a sparse file.
    @Test("a sparse file is unpacked correctly or rejected")
    func sparse() throws {
        try withTemporaryFolder { folder in
            let script = """
                import subprocess, sys
                folder = sys.argv[1]
                with open(folder + "/sparse", "wb") as f:
                    f.write(b"begin"); f.seek(1 << 20); f.write(b"end"); f.truncate(2 << 20)
                subprocess.run(["tar", "--sparse", "-C", folder, "-cf", folder + "/archive", "sparse"], check=True)
                """
            try python(script, folder)
            let target = folder + "/target"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
            do throws(ArchiveError) {
                try Archive(path: folder + "/archive").extract(to: target)
            } catch {
                return
            }
            let original = FileManager.default.contents(atPath: folder + "/sparse")
            #expect(FileManager.default.contents(atPath: target + "/sparse") == original)
        }
    }
}
