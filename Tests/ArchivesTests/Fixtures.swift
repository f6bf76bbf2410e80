import Foundation
import TestSupport
import Testing

@testable import Archives

/// Kinds of archives that tests can create.
enum Kind: String, CaseIterable, Sendable {
    case zip
    case tar
    case tarGzip
}

/// Calls `body` with an archive that Python creates, and a folder to unpack it to.
///
/// - Parameter script: Calls `add(NAME, BYTES)`, or uses `archive`, a `ZipFile` or `TarFile`. It may also read `path`.
func withArchive<Result>(
    _ kind: Kind,
    _ script: String,
    _ body: (_ path: String, _ folder: String) throws -> Result
) throws -> Result {
    try withTemporaryFolder { folder in
        let path = folder + "/archive"
        try python(prelude(kind) + script + "\narchive.close()\n", path)
        let target = folder + "/target"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        return try body(path, target)
    }
}

func python(_ script: String, _ argument: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-IS", "-c", script, argument]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
}

private func prelude(_ kind: Kind) -> String {
    let open =
        switch kind {
        case .zip:
            """
            archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
            def add(name, data=b""):
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
            """
        case .tar, .tarGzip:
            """
            archive = tarfile.open(path, "w:\(kind == .tar ? "" : "gz")")
            def add(name, data=b"", **fields):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                for field, value in fields.items(): setattr(info, field, value)
                archive.addfile(info, io.BytesIO(data))
            """
        }
    return "import io, os, sys, tarfile, zipfile\npath = sys.argv[1]\n" + open + "\n"
}

/// Returns the files in a folder with their content.
func texts(in folder: String) -> [String: String] {
    var texts: [String: String] = [:]
    let enumerator = FileManager.default.enumerator(atPath: folder)
    while let path = enumerator?.nextObject() as? String {
        if let data = FileManager.default.contents(atPath: folder + "/" + path) {
            texts[path] = String(decoding: data, as: UTF8.self)
        }
    }
    return texts
}

extension Archive.Limits {
    static func limits(_ change: (inout Self) -> Void) -> Self {
        var limits = Self()
        change(&limits)
        return limits
    }
}
