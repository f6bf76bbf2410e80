import Definitions
import Foundation
import Testing

@testable import Catalog

@Suite("Listings of buckets")
struct ListingTests {
    private func withBucket(_ keys: [String], _ body: (Catalog) async throws -> Void) async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.addBucket("b", region: "us-east-1", at: .at(0))
            for key in keys {
                let object = ObjectRecord(key: key, blob: "blob", byteCount: 1, etag: "e", modifiedAt: .at(0))
                _ = try await catalog.putObject(object, in: "b")
            }
            try await body(catalog)
        }
    }

    /// Returns every page of a listing, with prefixes in brackets.
    private func pages(
        _ catalog: Catalog,
        prefix: String = "",
        delimiter: String = "",
        limit: Int
    ) async throws -> [[String]] {
        var pages: [[String]] = []
        var start = ListingStart.beginning
        while true {
            let listing = try #require(
                try await catalog.listing(of: "b", prefix: prefix, delimiter: delimiter, from: start, limit: limit)
            )
            var page: [String] = []
            for entry in listing.entries {
                switch entry {
                case .item(let object):
                    page.append(object.key)
                    start = .after(object.key)
                case .prefix(let prefix):
                    page.append("[\(prefix)]")
                    start = .afterPrefix(prefix)
                }
            }
            pages.append(page)
            if !listing.isTruncated { return pages }
            try #require(!page.isEmpty)
        }
    }

    @Test("keys are sorted by their bytes, in pages of the requested size", arguments: 1...8)
    func order(limit: Int) async throws {
        let keys = ["", "A", "Z", "a", "a/", "a/b", "e\u{301}", "z", "é", "日本", "\u{FFFD}", "🎉"].filter { !$0.isEmpty }
        try await withBucket(keys.shuffled()) { catalog in
            let pages = try await pages(catalog, limit: limit)
            let expected = keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            #expect(pages.flatMap { $0 }.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
            #expect(pages.dropLast().allSatisfy { $0.count == limit })
        }
    }

    @Test(
        "a listing with a delimiter groups all keys",
        arguments: 1...6,
        ["", "a", "a/", "a/b", "a/b/", "c", "x"]
    )
    func groups(limit: Int, prefix: String) async throws {
        let keys = ["a", "a/b/1", "a/b/2", "a/c", "a/c/3", "a0", "b/", "b/x", "c/1", "c/2", "c/3", "d"]
        try await withBucket(keys) { catalog in
            var expected: [String] = []
            for key in keys where key.hasPrefix(prefix) {
                let rest = key.dropFirst(prefix.count)
                let name = rest.firstIndex(of: "/").map { "[\(prefix)\(rest[...$0])]" } ?? key
                if expected.last != name { expected.append(name) }
            }
            let found = try await pages(catalog, prefix: prefix, delimiter: "/", limit: limit)
            #expect(found.flatMap { $0 } == expected)
        }
    }

    @Test("groups larger than a page are skipped")
    func largeGroups() async throws {
        let keys = (0..<3).flatMap { group in (0..<450).map { "g\(group)/\($0)" } } + ["z"]
        try await withBucket(keys) { catalog in
            let groups = try await pages(catalog, delimiter: "/", limit: 1000)
            #expect(groups == [["[g0/]", "[g1/]", "[g2/]", "z"]])
            let below = try await pages(catalog, prefix: "g1/", delimiter: "/", limit: 1000)
            #expect(below.first?.count == 450)
            let odd = try await pages(catalog, prefix: "g2", delimiter: "/4", limit: 1000)
            #expect(odd.first?.contains("[g2/4]") == true)
            #expect(odd.first?.count == 450 - 61 + 1)
        }
    }

    @Test(
        "the successor of a prefix sorts after every string with the prefix",
        arguments: [
            ("a", "b"), ("ab\u{10FFFF}", "ac"), ("\u{D7FF}", "\u{E000}"), ("", nil), ("\u{10FFFF}", nil), ("a/", "a0"),
        ] as [(String, String?)]
    )
    func successor(prefix: String, successor: String?) { #expect(Catalog.successor(of: prefix) == successor) }

    @Test("a missing bucket has no listing, and a bucket that is not empty cannot be removed")
    func buckets() async throws {
        try await withBucket(["k"]) { catalog in
            let none = try await catalog.listing(of: "x", prefix: "", delimiter: "", from: .beginning, limit: 1)
            #expect(none?.entries.count == nil)
            let refused = try await catalog.removeBucket("b")
            #expect(refused == .notEmpty)
            let removed = try await catalog.removeObjects(["k", "k", "l"], in: "b")
            #expect(removed == ["blob"])
            let upload = UploadRecord(
                id: "u",
                bucket: "b",
                key: "k",
                contentType: nil,
                headers: [:],
                createdAt: .at(0)
            )
            let isAdded = try await catalog.addUpload(upload)
            #expect(isAdded)
            let part = UploadPart(number: 1, blob: "part", byteCount: 1, etag: "e", checksum: nil, modifiedAt: .at(0))
            let first = try await catalog.putPart(part, of: "u")
            #expect(first.isPlaced)
            let blobs = try await catalog.blobs()
            #expect(blobs == ["part"])
            let removals = [try await catalog.removeBucket("b"), try await catalog.removeBucket("b")]
            #expect(removals == [.removed(blobs: ["part"]), .noBucket])
            let late = try await catalog.putPart(part, of: "u")
            #expect(!late.isPlaced)
        }
    }

    @Test("abandoned uploads are removed by age")
    func abandoned() async throws {
        try await withBucket([]) { catalog in
            for (id, time) in [("old", 0.0), ("new", 10)] {
                let upload = UploadRecord(
                    id: id,
                    bucket: "b",
                    key: "k",
                    contentType: nil,
                    headers: [:],
                    createdAt: .at(time)
                )
                _ = try await catalog.addUpload(upload)
                let part = UploadPart(
                    number: 1,
                    blob: "\(id)-part",
                    byteCount: 1,
                    etag: "e",
                    checksum: nil,
                    modifiedAt: .at(time)
                )
                _ = try await catalog.putPart(part, of: id)
            }
            #expect(try await catalog.removeUploads(before: .at(5)) == ["old-part"])
            #expect(try await catalog.upload("old") == nil)
            #expect(try await catalog.upload("new")?.id == "new")
        }
    }

    @Test("an object is written only if its condition holds")
    func conditions() async throws {
        try await withBucket([]) { catalog in
            func put(_ etag: String, if condition: WriteCondition) async throws -> ObjectPlacement {
                let object = ObjectRecord(key: "k", blob: "blob-\(etag)", byteCount: 1, etag: etag, modifiedAt: .at(0))
                return try await catalog.putObject(object, in: "b", if: condition)
            }
            let placements = [
                try await put("1", if: .etag("0")), try await put("1", if: .absent), try await put("2", if: .absent),
                try await put("2", if: .etag("0")), try await put("2", if: .etag("1")),
            ]
            #expect(
                placements == [
                    .noObject, .placed(replaced: nil), .conditionFailed, .conditionFailed, .placed(replaced: "blob-1"),
                ]
            )
            let object = try await catalog.object("k", in: "b")
            #expect(object?.etag == "2")
        }
    }
}
