import Foundation
import TestSupport
import Testing

@testable import Archives

@Suite("Malicious and damaged archives")
struct HostileArchiveTests {
    @Test(
        "a path that leads out of the folder is rejected, wanted or not",
        arguments: [Kind.zip, .tar],
        ["../x", "a/../../x", "a/..", "/etc/x", "//x", "..", #"..\x"#, #"a\..\..\x"#, "a/../x", "../\u{301}x"]
    )
    func unsafePath(kind: Kind, name: String) throws {
        try withArchive(kind, "add('good', b'1'); add(r'\(name)', b'2')") { path, folder in
            for isWanted in [true, false] {
                let error = try #require(throws: ArchiveError.self) {
                    try Archive(path: path).extract(to: folder) { _ in isWanted }
                }
                guard case .unsafePath = error else {
                    Issue.record("\(error)")
                    return
                }
                try? FileManager.default.removeItem(atPath: folder + "/good")
            }
            #expect(texts(in: folder).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: folder + "/../x"))
        }
    }

    @Test("a path that is too long is rejected")
    func longPath() throws {
        _ = try withArchive(.tar, "add('a/' * 600 + 'b', b'1')") { path, _ in
            #expect(throws: ArchiveError.self) { try Archive(path: path).fileNames() }
        }
    }

    @Test(
        "symbolic and hard links are rejected",
        arguments: [
            (Kind.tar, "add('x', type=tarfile.SYMTYPE, linkname='/etc/passwd')"),
            (.tarGzip, "add('x', type=tarfile.SYMTYPE, linkname='y')"),
            (.tar, "add('y', b'1'); add('x', type=tarfile.LNKTYPE, linkname='y')"),
            (
                .zip,
                "i = zipfile.ZipInfo('x'); i.create_system, i.external_attr = 3, 0o120777 << 16; archive.writestr(i, 'y')"
            ),
        ]
    )
    func links(kind: Kind, script: String) throws {
        try withArchive(kind, script) { path, folder in
            #expect(throws: ArchiveError.link("x")) { try Archive(path: path).extract(to: folder) }
            #expect(texts(in: folder)["x"] == nil)
        }
    }

    @Test("an entry that is neither file nor folder is rejected", arguments: ["FIFOTYPE", "CHRTYPE", "BLKTYPE"])
    func special(type: String) throws {
        _ = try withArchive(.tar, "add('x', type=tarfile.\(type))") { path, folder in
            #expect(throws: ArchiveError.notAFile("x")) { try Archive(path: path).extract(to: folder) }
        }
    }

    @Test("a duplicate path is rejected", arguments: Kind.allCases)
    func twice(kind: Kind) throws {
        try withArchive(kind, "add('x', b'1'); add('./x', b'2')") { path, folder in
            #expect(throws: ArchiveError.self) { try Archive(path: path).extract(to: folder) }
            #expect(texts(in: folder) == ["x": "1"])
        }
    }

    @Test(
        "names that no folder can hold are found before anything is unpacked",
        arguments: Kind.allCases,
        [
            ("add('x', b'1'); add('y', b''); add('./x', b'2')", "contains 'x' twice."),
            (
                "add('a/b/c', b'1'); add('a/b-', b'2'); add('a/b', b'3')",
                "contains 'a/b' both as a file and as a folder."
            ),
            ("add('a', b'1'); add('a.txt', b'2'); add('a/b/c', b'3')", "contains 'a' both as a file and as a folder."),
            ("add('a/' + 'é' * 128, b'1')", "contains a name of more than 255 bytes, in 'a/é"),
            ("add('n' * 256 + '/a', b'1')", "contains a name of more than 255 bytes, in 'nnn"),
        ]
    )
    func names(kind: Kind, sample: (script: String, message: String)) throws {
        try withArchive(kind, sample.script) { path, folder in
            do {
                try Archive(path: path).verify()
                Issue.record("accepted")
            } catch {
                #expect("\(error)".hasPrefix("The archive " + sample.message))
            }
            #expect(throws: ArchiveError.self) { try Archive(path: path).extract(to: folder) }
        }
    }

    @Test("similar names are no reason to reject an archive", arguments: Kind.allCases)
    func similarNames(kind: Kind) throws {
        let script = "for n in ['a/b', 'a-b', 'ab', 'a/bc', 'a/b.c', 'A/b', 'n' * 255]: add(n, b'1')"
        try withArchive(kind, script) { path, folder in
            try Archive(path: path).verify()
            #expect(try Archive(path: path).extract(to: folder).count == 7)
        }
    }

    @Test("a bomb is rejected while it is unpacked", arguments: [Kind.zip, .tarGzip])
    func bomb(kind: Kind) throws {
        // 64 MB from about 64 kB: a ratio of 1000.
        try withArchive(kind, "add('x', bytes(64_000_000))") { path, folder in
            let error = ArchiveError.ratio(limit: 200)
            #expect(throws: error) { try Archive(path: path).extract(to: folder) }
            #expect(throws: error) { try Archive(path: path).contents(ofFileNamed: "x") }
            let size = texts(in: folder)["x"]?.utf8.count ?? 0
            #expect(size < 40_000_000)
        }
    }

    @Test("a bomb of many small files is also rejected")
    func manyBombs() throws {
        _ = try withArchive(.zip, "for i in range(30): add(f'x{i}', bytes(1_000_000))") { path, folder in
            #expect(throws: ArchiveError.ratio(limit: 200)) { try Archive(path: path).extract(to: folder) }
        }
    }

    @Test("data that is decompressed only to be skipped also counts")
    func unwantedBomb() throws {
        _ = try withArchive(.tarGzip, "add('bomb', bytes(64_000_000)); add('x', b'1')") { path, _ in
            #expect(throws: ArchiveError.self) { try Archive(path: path).contents(ofFileNamed: "x") }
        }
    }

    @Test("a small archive may unpack to ten megabytes at any ratio")
    func smallArchive() throws {
        try withArchive(.zip, "add('x', bytes(10_000_000))") { path, folder throws in
            #expect(try Archive(path: path).extract(to: folder) == ["x"])
        }
    }

    @Test("an archive that unpacks to too many bytes is rejected", arguments: Kind.allCases)
    func tooLarge(kind: Kind) throws {
        try withArchive(kind, "add('a', os.urandom(600)); add('b', os.urandom(401))") { path, folder in
            #expect(throws: ArchiveError.tooLarge(limit: 1000)) {
                try Archive(path: path, limits: .limits { $0.bytes = 1000 }).extract(to: folder)
            }
            try FileManager.default.removeItem(atPath: folder + "/a")
            try? FileManager.default.removeItem(atPath: folder + "/b")
            #expect(try Archive(path: path, limits: .limits { $0.bytes = 1001 }).extract(to: folder).count == 2)
        }
    }

    @Test("an archive with too many entries, including folders, is rejected", arguments: Kind.allCases)
    func tooManyEntries(kind: Kind) throws {
        let folder = kind == .zip ? "add('f/')" : "add('f', type=tarfile.DIRTYPE)"
        try withArchive(kind, "\(folder)\nfor i in range(5): add(f'x{i}')") { path, _ throws in
            #expect(throws: ArchiveError.tooManyEntries(limit: 5)) {
                try Archive(path: path, limits: .limits { $0.entries = 5 }).fileNames()
            }
            #expect(try Archive(path: path, limits: .limits { $0.entries = 6 }).fileNames().count == 5)
        }
    }

    @Test("a truncated archive is rejected", arguments: Kind.allCases, [0.1, 0.5, 0.9])
    func truncated(kind: Kind, share: Double) throws {
        try withArchive(kind, "for i in range(20): add(f'x{i}', os.urandom(5000))") { path, folder in
            let data = try #require(FileManager.default.contents(atPath: path))
            try data.prefix(Int(Double(data.count) * share)).write(to: URL(filePath: path))
            let error = try #require(throws: ArchiveError.self) { try Archive(path: path).extract(to: folder) }
            guard case .unreadable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("the checksum of a zip detects a flipped bit")
    func flipped() throws {
        try withArchive(.zip, "add('x', os.urandom(5000))") { path, folder in
            var data = try #require(FileManager.default.contents(atPath: path))
            data[2500] ^= 1
            try data.write(to: URL(filePath: path))
            #expect(throws: ArchiveError.self) { try Archive(path: path).extract(to: folder) }
        }
    }

    @Test("other files are rejected", arguments: ["", "x", "{\"learner\":{}}", "PK\u{3}\u{4}", "\u{1f}\u{8b}"])
    func noArchive(text: String) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/archive"
            try Data(text.unicodeScalars.map { UInt8($0.value) }).write(to: URL(filePath: path))
            #expect(throws: ArchiveError.self) { try Archive(path: path).fileNames() }
        }
    }

    @Test("the error for a missing file does not disclose its path")
    func missing() throws {
        let error = try #require(throws: ArchiveError.self) { try Archive(path: "/nowhere/archive").fileNames() }
        #expect(!error.description.contains("/nowhere"), "\(error)")
    }
}
