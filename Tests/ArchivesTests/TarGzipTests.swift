import Archives
import Foundation
import TestSupport
import Testing

@Suite("Writing archives")
struct TarGzipTests {
    @Test("an archive keeps all files with their folders and executable bits")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let source = folder + "/source"
            try FileManager.default.createDirectory(atPath: source + "/deep/er", withIntermediateDirectories: true)
            let large = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try large.write(to: URL(filePath: source + "/deep/er/large"))
            try Data().write(to: URL(filePath: source + "/é"))
            try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: source + "/run"))
            chmod(source + "/run", 0o755)
            symlink("/etc/passwd", source + "/link")
            mkfifo(source + "/pipe", 0o600)
            #expect(try TarGzip.pack(UntrustedFolder(source), to: folder + "/a.tar.gz") == ["link", "pipe"])
            let target = folder + "/target"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
            let names = try Archive(path: folder + "/a.tar.gz").extract(to: target, keepsExecutable: true)
            #expect(Set(names) == ["deep/er/large", "run", "é"])
            #expect(try Data(contentsOf: URL(filePath: target + "/deep/er/large")) == large)
            #expect(access(target + "/run", X_OK) == 0)
            #expect(access(target + "/é", X_OK) != 0)
        }
    }

    @Test("an empty folder gives a valid archive")
    func empty() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/none", withIntermediateDirectories: false)
            #expect(try TarGzip.pack(UntrustedFolder(folder + "/none"), to: folder + "/a.tar.gz") == [])
            #expect(try Archive(path: folder + "/a.tar.gz").fileNames() == [])
        }
    }
}

@Suite("Gzip files")
struct GzipTests {
    /// `printf 'hello\n' | gzip -n`
    private let hello: [UInt8] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 2, 0, 0x20, 0x30, 0x3A, 0x36, 6, 0, 0,
        0,
    ]

    private func unpack(_ bytes: [UInt8]) throws -> Data {
        try withTemporaryFolder { folder in
            try Data(bytes).write(to: URL(filePath: folder + "/packed"))
            try Gzip.unpack(folder + "/packed", to: folder + "/plain")
            return try Data(contentsOf: URL(filePath: folder + "/plain"))
        }
    }

    @Test("a gzip file is unpacked to the original")
    func plain() throws { #expect(try unpack(hello) == Data("hello\n".utf8)) }

    @Test("other and truncated files are rejected", arguments: [[], [1, 2, 3]])
    func refused(bytes: [UInt8]) {
        #expect(throws: ArchiveError.self) { try unpack(bytes) }
        #expect(throws: ArchiveError.self) { try unpack(Array(hello.prefix(20))) }
    }
}
