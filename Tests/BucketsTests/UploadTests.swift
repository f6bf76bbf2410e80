import Buckets
import Catalog
import Definitions
import Foundation
import Storage
import Testing

@Suite("Uploads in parts")
struct UploadTests {
    @Test("parts are joined in one object, and removed")
    func complete() async throws {
        try await withBuckets { buckets in
            try await buckets.put([0], "k")
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            let first = [UInt8](repeating: 1, count: 200_000)
            let parts = [
                try #require(try await buckets.part(first, 1)), try #require(try await buckets.part([2, 3], 5)),
            ]
            #expect(try await buckets.service.parts(of: "u").map(\.number) == [1, 5])
            #expect(try await buckets.service.parts(of: "u", after: 1, limit: 9).map(\.number) == [5])
            let placement = try await buckets.complete(parts, "k")
            guard case .placed(.some) = placement else {
                return #expect(Bool(false), "\(String(describing: placement))")
            }
            #expect(try await buckets.bytes("k") == first + [2, 3])
            #expect(try await buckets.service.upload("u") == nil)
            #expect(buckets.store.names().count == 1)
            #expect(try await buckets.complete([], "k") == nil)
            #expect(buckets.store.names().count == 1)
        }
    }

    @Test("a single part becomes the object")
    func single() async throws {
        try await withBuckets { buckets in
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            let part = try #require(try await buckets.part([1, 2], 3))
            #expect(try await buckets.complete([part], "k") == .placed(replaced: nil))
            #expect(try await buckets.bytes("k") == [1, 2])
            #expect(buckets.store.names().count == 1)
        }
    }

    @Test("a part with the same number replaces the other, whose bytes are removed")
    func replace() async throws {
        try await withBuckets { buckets in
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            let old = try #require(try await buckets.part([1], 1))
            let new = try #require(try await buckets.part([2], 1))
            #expect(buckets.store.names() == [new.blob])
            await #expect(throws: BucketError.partReplaced) { try await buckets.complete([old], "k") }
            await #expect(throws: BucketError.partReplaced) { try await buckets.complete([new, old], "k") }
            #expect(try await buckets.complete([new], "k") == .placed(replaced: nil))
            #expect(try await buckets.bytes("k") == [2])
        }
    }

    @Test("an upload whose condition fails is kept, and only the joined bytes are removed")
    func condition() async throws {
        try await withBuckets { buckets in
            try await buckets.put([0], "k")
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            let part = try #require(try await buckets.part([1], 1))
            #expect(try await buckets.complete([part], "k", if: .absent) == .conditionFailed)
            #expect(try await buckets.bytes("k") == [0])
            #expect(buckets.store.names().count == 2)
            #expect(try await buckets.service.upload("u") != nil)
        }
    }

    @Test("the bytes of a part without an upload are removed")
    func unknown() async throws {
        try await withBuckets { buckets in
            let part = try await buckets.part([1], 1)
            #expect(part?.blob == nil)
            #expect(buckets.store.names().isEmpty)
            #expect(try await !buckets.service.removeUpload("u"))
            let elsewhere = UploadRecord(
                id: "v",
                bucket: "c",
                key: "k",
                contentType: nil,
                headers: [:],
                createdAt: .at(0)
            )
            #expect(try await !buckets.service.addUpload(elsewhere))
        }
    }

    @Test("an aborted upload's parts are removed")
    func abort() async throws {
        try await withBuckets { buckets in
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            _ = try await buckets.part([1], 1)
            #expect(try await buckets.service.removeUpload("u"))
            #expect(buckets.store.names().isEmpty)
        }
    }

    @Test("uploads are listed by key and ID")
    func listing() async throws {
        try await withBuckets { buckets in
            for (key, id) in [("b", "2"), ("b", "1"), ("a/x", "3"), ("a/y", "4")] {
                #expect(try await buckets.service.addUpload(buckets.upload(key, id: id)))
            }
            let listing = try await buckets.service.uploads(
                in: "b",
                prefix: "",
                delimiter: "/",
                from: .beginning,
                id: nil,
                limit: 10
            )
            let names = listing.entries.map { entry in
                switch entry {
                case .item(let upload): upload.key + upload.id
                case .prefix(let prefix): prefix
                }
            }
            #expect(names == ["a/", "b1", "b2"])
        }
    }

    @Test("a new upload and a start remove uploads that were abandoned a week ago")
    func abandoned() async throws {
        try await withBuckets { buckets in
            let week = 7.0 * 24 * 3600
            #expect(try await buckets.service.addUpload(buckets.upload("old", id: "old")))
            _ = try #require(try await buckets.part([1], 1, of: "old"))
            #expect(try await buckets.service.addUpload(buckets.upload("k", at: .at(week))))
            #expect(try await buckets.service.upload("old") != nil)
            #expect(try await buckets.service.addUpload(buckets.upload("k", id: "w", at: .at(week + 1))))
            #expect(try await buckets.service.upload("old") == nil)
            #expect(buckets.store.names().isEmpty)
            _ = try #require(try await buckets.part([1], 1))
            try await buckets.service.removeOrphans(at: .at(2 * week + 0.5))
            #expect(try await buckets.service.upload("u") == nil)
            #expect(try await buckets.service.upload("w") != nil)
            #expect(buckets.store.names().isEmpty)
        }
    }

    @Test("a start removes bytes without a record, and no others")
    func orphans() async throws {
        try await withBuckets { buckets in
            try await buckets.put([1], "k")
            _ = try await buckets.stored([2])
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            _ = try #require(try await buckets.part([3], 1))
            #expect(buckets.store.names().count == 3)
            try await buckets.service.removeOrphans(at: .at(1))
            #expect(buckets.store.names().count == 2)
            #expect(try await buckets.bytes("k") == [1])
        }
    }

    @Test("a bucket is removed with its uploads, but not with objects")
    func bucket() async throws {
        try await withBuckets { buckets in
            try await buckets.put([1], "k")
            #expect(try await buckets.service.addUpload(buckets.upload("k")))
            _ = try #require(try await buckets.part([2], 1))
            #expect(try await buckets.service.removeBucket("b") == .notEmpty)
            try await buckets.service.removeObjects(["k"], in: "b")
            guard case .removed = try await buckets.service.removeBucket("b") else {
                return #expect(Bool(false), "not removed")
            }
            #expect(buckets.store.names().isEmpty)
            #expect(try await buckets.service.removeBucket("b") == .noBucket)
            #expect(try await buckets.service.buckets().isEmpty)
        }
    }
}
