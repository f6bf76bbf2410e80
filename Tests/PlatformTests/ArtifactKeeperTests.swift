import Foundation
import Storage
import TestSupport
import Testing

@testable import Platform

@Suite("Artifacts that nothing needs")
struct ArtifactKeeperTests {
    private func store(_ text: String, in store: ArtifactStore) throws -> String {
        let upload = try store.beginUpload()
        try Array(text.utf8).withUnsafeBytes { try upload.append($0) }
        return try upload.finish().digest
    }

    @Test("only what no version has is removed, and the freed bytes are counted")
    func unrecorded() async throws {
        try await withTemporaryFolder { folder in
            let store = try ArtifactStore(folder: folder)
            let keeper = ArtifactKeeper(store)
            let (kept, gone) = (try self.store("kept", in: store), try self.store("no more", in: store))
            #expect(try await keeper.remove([kept, gone, "0123"]) { _ in [kept] } == 7)
            #expect(store.digests() == [kept])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/incoming") == [])
        }
    }

    @Test("what an upload holds stays")
    func held() async throws {
        try await withTemporaryFolder { folder in
            let store = try ArtifactStore(folder: folder)
            let keeper = ArtifactKeeper(store)
            let digest = try self.store("m", in: store)
            keeper.hold(digest)
            keeper.hold(digest)
            keeper.release(digest)
            #expect(try await keeper.remove([digest]) { _ in [] } == 0)
            keeper.release(digest)
            #expect(try await keeper.remove([digest]) { _ in [] } == 1)
        }
    }

    @Test("what was recorded while a removal asked for the versions stays")
    func recordedMeanwhile() async throws {
        try await withTemporaryFolder { folder in
            let store = try ArtifactStore(folder: folder)
            let keeper = ArtifactKeeper(store)
            let digest = try self.store("m", in: store)
            let record: @Sendable (Set<String>) -> Set<String> = { _ in
                keeper.hold(digest)
                keeper.release(digest)
                return []
            }
            let freed = try await keeper.remove([digest], recorded: record)
            #expect(freed == 0 && store.digests() == [digest])
        }
    }
}
