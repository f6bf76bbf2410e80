import Definitions
import Foundation
import TestSupport
import Testing

@testable import Functions

struct UnpackedCodeTests {
    /// A path to a zip archive with one file.
    private func archive(_ name: String, in folder: String) throws -> (code: FunctionCode, path: String) {
        let path = "\(folder)/\(name).zip"
        try #require(Data(base64Encoded: LambdaAPI.archive)).write(to: URL(filePath: path))
        return (FunctionCode(digest: String(repeating: name, count: 64), byteCount: 0), path)
    }

    private func isThere(_ code: UnpackedCode) -> Bool {
        FileManager.default.fileExists(atPath: code.folder + "/app.py")
    }

    /// Waits until folders, which are removed in their own time, are gone.
    private func isGone(_ code: UnpackedCode) async throws -> Bool {
        for _ in 0..<1000 where FileManager.default.fileExists(atPath: code.folder) {
            try await Task.sleep(for: .milliseconds(10))
        }
        return !FileManager.default.fileExists(atPath: code.folder)
    }

    @Test("unpacked code is removed once no record needs it and the last process has ended")
    func removal() async throws {
        try await withTemporaryFolder { folder in
            let archives = FunctionArchives(folder: folder + "/code")
            let (code, path) = try archive("a", in: folder)
            let (other, otherPath) = try archive("b", in: folder)
            let first = try await archives.use(code, path: path)
            let second = try await archives.use(code, path: path)
            let kept = try await archives.use(other, path: otherPath)
            #expect(first.folder == second.folder && first.folder != kept.folder)
            archives.removeAll(except: [other.digest])
            first.end()
            first.end()
            kept.end()
            #expect(isThere(second) && isThere(kept))
            second.end()
            #expect(try await isGone(second))
            #expect(isThere(kept))
            archives.removeAll(except: [])
            #expect(try await isGone(kept))
            // Whoever comes back gets a folder of its own.
            let again = try await archives.use(code, path: path)
            #expect(isThere(again) && again.folder != first.folder)
        }
    }

    @Test("a record that needs the code again keeps it")
    func returned() async throws {
        try await withTemporaryFolder { folder in
            let archives = FunctionArchives(folder: folder + "/code")
            let (code, path) = try archive("a", in: folder)
            let first = try await archives.use(code, path: path)
            archives.removeAll(except: [])
            archives.removeAll(except: [code.digest])
            first.end()
            #expect(try await archives.use(code, path: path).folder == first.folder)
            #expect(isThere(first))
        }
    }

    @Test("a use that nobody ends is over with its object, and one that failed leaves nothing")
    func dropped() async throws {
        try await withTemporaryFolder { folder in
            let archives = FunctionArchives(folder: folder + "/code")
            let (code, path) = try archive("a", in: folder)
            await #expect(throws: (any Error).self) { try await archives.use(code, path: path + ".none") }
            var use: UnpackedCode? = try await archives.use(code, path: path)
            let target = try #require(use?.folder)
            archives.removeAll(except: [])
            #expect(FileManager.default.fileExists(atPath: target))
            use = nil
            #expect(try await isGone(UnpackedCode(folder: target) {}))
        }
    }
}
