import Files
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("The artifact store")
struct ArtifactStoreTests {
    private func files(in folder: String) -> [String] {
        let enumerator = FileManager.default.enumerator(atPath: folder)
        var files: [String] = []
        while let path = enumerator?.nextObject() as? String {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder)
            if !isFolder.boolValue { files.append(path) }
        }
        return files.sorted()
    }

    private func store(_ chunks: [String], in store: ArtifactStore) throws -> ArtifactStore.Upload.Stored {
        let upload = try store.beginUpload()
        for chunk in chunks { try append(chunk, to: upload) }
        return try upload.finish()
    }

    private func append(_ text: String, to upload: ArtifactStore.Upload) throws {
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in try upload.append(buffer) }
        }.get()
    }

    /// The digests are those of FIPS 180-4's examples and of the empty message.
    @Test(
        "an artifact lies under the SHA-256 of its bytes, however they came",
        arguments: [
            ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (["abc"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (["a", "", "bc"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                ["abcdbcdecdefdefgefghfghighijhi", "jkijkljklmklmnlmnomnopnopq"],
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ] as [([String], String)]
    )
    func digest(chunks: [String], digest: String) throws {
        try withTemporaryFolder { folder in
            let objects = try ArtifactStore(folder: folder)
            let stored = try store(chunks, in: objects)
            #expect(stored.digest == digest)
            #expect(stored.byteCount == chunks.joined().utf8.count)
            #expect(objects.digests() == [digest])
            #expect(try String(contentsOfFile: objects.localCopy(of: digest).path, encoding: .utf8) == chunks.joined())
        }
    }

    @Test("identical bytes are stored once")
    func once() throws {
        try withTemporaryFolder { folder in
            let objects = try ArtifactStore(folder: folder)
            let first = try store(["abc"], in: objects)
            let second = try store(["abc"], in: objects)
            #expect(first.digest == second.digest)
            _ = try store(["abd"], in: objects)
            #expect(objects.digests().count == 2)
            #expect(files(in: folder).count == 2)
        }
    }

    @Test("an upload that is not finished is not an artifact yet, and leaves nothing")
    func unfinished() throws {
        try withTemporaryFolder { folder in
            let objects = try ArtifactStore(folder: folder)
            do {
                let upload = try objects.beginUpload()
                try append("abc", to: upload)
                #expect(upload.byteCount == 3)
                #expect(try String(contentsOfFile: upload.fileToInspect, encoding: .utf8) == "abc")
                #expect(objects.digests().isEmpty)
            }
            #expect(files(in: folder).isEmpty)
        }
    }

    @Test("opening the store removes what uploads cut short have left, and keeps the artifacts")
    func reopening() throws {
        try withTemporaryFolder { folder in
            let digest = try store(["abc"], in: ArtifactStore(folder: folder)).digest
            try "half".write(toFile: folder + "/incoming/left-over", atomically: false, encoding: .utf8)
            let again = try ArtifactStore(folder: folder)
            #expect(again.digests() == [digest])
            #expect(files(in: folder) == ["sha256/ba/\(digest)"])
        }
    }

    @Test("an artifact can be removed, and removed again")
    func remove() throws {
        try withTemporaryFolder { folder in
            let objects = try ArtifactStore(folder: folder)
            let digest = try store(["abc"], in: objects).digest
            objects.remove(digest: digest)
            objects.remove(digest: digest)
            #expect(objects.digests().isEmpty)
            #expect(try store(["abc"], in: objects).digest == digest)
            #expect(objects.digests() == [digest])
        }
    }

    @Test("an upload keeps its first bytes, however they are split")
    func head() throws {
        try withTemporaryFolder { folder in
            let upload = try ArtifactStore(folder: folder).beginUpload()
            for chunk in ["PK", "", "0123456789", "abcdefgh", "i"] { try append(chunk, to: upload) }
            #expect(upload.head == Array("PK0123456789abcd".utf8))
        }
    }

    @Test("uploads of the same bytes side by side end with one artifact")
    func concurrent() throws {
        try withTemporaryFolder { folder in
            let objects = try ArtifactStore(folder: folder)
            DispatchQueue.concurrentPerform(iterations: 16) { index in
                #expect(throws: Never.self) { try store(["x", "\(index % 2)"], in: objects) }
            }
            #expect(objects.digests().count == 2)
            #expect(files(in: folder).count == 2)
        }
    }

    @Test("where the disk does not take an artifact, it is told")
    func failure() throws {
        try withTemporaryFolder { folder in
            let objects = try ArtifactStore(folder: folder)
            try FileManager.default.removeItem(atPath: folder + "/incoming")
            #expect(throws: StorageError.self) { try objects.beginUpload() }
        }
    }
}
