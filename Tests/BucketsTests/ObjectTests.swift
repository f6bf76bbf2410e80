import Archives
import Buckets
import Checksums
import Definitions
import Encodings
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Objects of buckets")
struct ObjectTests {
    @Test("an object is read as it was written, with its hashes")
    func put() async throws {
        try await withBuckets { buckets in
            let all = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let writer = try await buckets.service.beginObject(checksums: [.sha256])
            try await writer.append(Array(all[..<100_000]))
            try await writer.append(Array(all[100_000...]))
            let stored = try await writer.finish()
            let object = ObjectRecord(
                key: "k",
                blob: stored.blob,
                byteCount: stored.byteCount,
                etag: stored.md5.hexadecimal,
                contentType: "text/plain",
                headers: ["x-amz-meta-a": "1"],
                modifiedAt: .at(1)
            )
            #expect(try await buckets.service.putObject(object, in: "b") == .placed(replaced: nil))
            let opened = try #require(try await buckets.service.open(buckets.uri("k")))
            #expect(try buckets.read(opened) == all)
            #expect(opened.record.contentType == "text/plain")
            #expect(opened.record.headers == ["x-amz-meta-a": "1"])
            #expect(try await opened.checksum(.sha256) == stored.checksums[.sha256])
        }
    }

    @Test("bytes that fail their check are not stored")
    func refused() async throws {
        struct Refused: Error {}
        try await withBuckets { buckets in
            let writer = try await buckets.service.beginObject()
            try await writer.append([1])
            await #expect(throws: Refused.self) { try await writer.finish { _, _ in throw Refused() } }
            #expect(buckets.store.names().isEmpty)
        }
    }

    @Test("a replaced object's bytes are removed, and can be read to the end by who has it open")
    func replace() async throws {
        try await withBuckets { buckets in
            try await buckets.put([1, 2, 3], "k")
            let old = try #require(try await buckets.service.open(buckets.uri("k")))
            try await buckets.put([4], "k")
            #expect(try await buckets.bytes("k") == [4])
            #expect(try buckets.read(old) == [1, 2, 3])
            #expect(buckets.store.names().count == 1)
        }
    }

    @Test("an object is written only if its condition holds; otherwise its bytes are removed")
    func conditions() async throws {
        try await withBuckets { buckets in
            #expect(try await buckets.put([1], "k", if: .etag("e")) == .noObject)
            #expect(try await buckets.put([1], "k", if: .absent) == .placed(replaced: nil))
            #expect(try await buckets.put([2], "k", if: .absent) == .conditionFailed)
            #expect(try await buckets.put([2], "k", if: .etag("e")) == .conditionFailed)
            #expect(try await buckets.bytes("k") == [1])
            #expect(buckets.store.names().count == 1)
            let etag = try #require(try await buckets.service.object(at: buckets.uri("k"))).etag
            let replaced = try #require(try await buckets.service.object(at: buckets.uri("k"))).blob
            #expect(try await buckets.put([3], "k", if: .etag(etag)) == .placed(replaced: replaced))
            #expect(try await buckets.bytes("k") == [3])
        }
    }

    @Test("without its bucket, an object's bytes are removed")
    func noBucket() async throws {
        try await withBuckets { buckets in
            let stored = try await buckets.stored([1])
            let object = ObjectRecord(key: "k", blob: stored.blob, byteCount: 1, etag: "e", modifiedAt: .at(0))
            #expect(try await buckets.service.putObject(object, in: "other") == .noBucket)
            #expect(buckets.store.names().isEmpty)
        }
    }

    @Test("a listing groups the keys below a prefix, and goes on where it ended")
    func listing() async throws {
        try await withBuckets { buckets in
            for key in ["a", "data/1", "data/2", "data/x/1", "e"] { try await buckets.put([0], key) }
            func names(_ prefix: String, from start: ListingStart, limit: Int) async throws -> [String] {
                let listing = try await buckets.service.listing(
                    of: "b",
                    prefix: prefix,
                    delimiter: "/",
                    from: start,
                    limit: limit
                )
                return try #require(listing).entries.map { entry in
                    switch entry {
                    case .item(let object): object.key
                    case .prefix(let prefix): "[\(prefix)]"
                    }
                }
            }
            #expect(try await names("", from: .beginning, limit: 10) == ["a", "[data/]", "e"])
            #expect(try await names("data/", from: .beginning, limit: 10) == ["data/1", "data/2", "[data/x/]"])
            #expect(try await names("", from: .afterPrefix("data/"), limit: 10) == ["e"])
            #expect(try await names("", from: .after("a"), limit: 1) == ["[data/]"])
            #expect(
                try await buckets.service.objects(under: buckets.uri("data/")).map(\.key) == [
                    "data/1", "data/2", "data/x/1",
                ]
            )
            #expect(try await buckets.service.hasObjects(under: buckets.uri("data/x")))
            #expect(try await !buckets.service.hasObjects(under: buckets.uri("data/y")))
            #expect(
                try await buckets.service.listing(of: "c", prefix: "", delimiter: "", from: .beginning, limit: 1) == nil
            )
        }
    }

    @Test("a copy is independent of its source")
    func copy() async throws {
        try await withBuckets { buckets in
            try await buckets.put([1, 2], "k")
            let source = try #require(try await buckets.service.object(at: buckets.uri("k")))
            var target = source
            target.key = "l"
            let placement = try await buckets.service.putCopy(of: source, as: target, in: "b", if: .none)
            #expect(placement == .placed(replaced: nil))
            try await buckets.service.removeObjects(["k", "other"], in: "b")
            #expect(try await buckets.bytes("k") == nil)
            #expect(try await buckets.bytes("l") == [1, 2])
            await #expect(throws: BucketError.sourceReplaced) {
                try await buckets.service.putCopy(of: source, as: target, in: "b", if: .none)
            }
        }
    }

    @Test("a range of an object is appended to another")
    func range() async throws {
        try await withBuckets { buckets in
            let all = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 1000) }
            try await buckets.put(all, "k")
            let source = try #require(try await buckets.service.open(buckets.uri("k")))
            let writer = try await buckets.service.beginObject()
            try await writer.append(source, 500_000..<2_900_000)
            let stored = try await writer.finish()
            let object = ObjectRecord(
                key: "part",
                blob: stored.blob,
                byteCount: stored.byteCount,
                etag: "e",
                modifiedAt: .at(0)
            )
            try await buckets.service.putObject(object, in: "b")
            #expect(try await buckets.bytes("part") == Array(all[500_000..<2_900_000]))
        }
    }

    @Test("an object is copied to a new file; if it was replaced, the new one; if it was removed, none")
    func file() async throws {
        try await withBuckets { buckets in
            try await buckets.put([1], "k")
            let old = try #require(try await buckets.service.object(at: buckets.uri("k")))
            try await buckets.put([2], "k")
            let path = buckets.folder + "/file"
            #expect(try await buckets.service.copy(old, in: "b", to: path))
            #expect(FileManager.default.contents(atPath: path) == Data([2]))
            #expect(try await !buckets.service.copy(old, in: "b", to: path))
            try await buckets.service.removeObjects(["k"], in: "b")
            #expect(try await buckets.service.copy(old, in: "b", to: path + "2"))
            #expect(!FileManager.default.fileExists(atPath: path + "2"))
        }
    }

    @Test("a local file becomes an object, if its bucket exists")
    func putFile() async throws {
        try await withBuckets { buckets in
            let path = buckets.folder + "/file"
            try Data([1, 2, 3]).write(to: URL(filePath: path))
            let object = try await buckets.service.putFile(path, at: buckets.uri("k"), contentType: "text/csv")
            #expect(object.etag == "5289df737df57326fcdd22597afb1fac")
            #expect(try await buckets.bytes("k") == [1, 2, 3])
            await #expect(throws: RoostError.self) {
                try await buckets.service.putFile(path, at: ObjectURI(bucket: "c", key: "k"))
            }
            #expect(buckets.store.names().count == 1)
        }
    }

    @Test("a damaged object is not read")
    func damaged() async throws {
        try await withBuckets { buckets in
            try await buckets.put([1, 2, 3], "k")
            let object = try #require(try await buckets.service.object(at: buckets.uri("k")))
            let opened = try #require(try await buckets.service.open(buckets.uri("k")))
            truncate(try #require(try await buckets.path("k")), 1)
            await #expect(throws: StorageError.self) { try await buckets.service.open(buckets.uri("k")) }
            await #expect(throws: StorageError.self) { try await buckets.service.localCopy(of: object) }
            await #expect(throws: StorageError.self) {
                try await buckets.service.putCopy(of: object, as: object, in: "b", if: .none)
            }
            #expect(throws: BucketError.bytesMissing) { try buckets.read(opened) }
            await #expect(throws: BucketError.bytesMissing) { try await opened.checksum(.sha1) }
        }
    }
}
