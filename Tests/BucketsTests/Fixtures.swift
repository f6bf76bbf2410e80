import Buckets
import Catalog
import Definitions
import Encodings
import Foundation
import Storage
import TestSupport

/// A service with a catalog and a store in a temporary folder, and the bucket `b`.
struct TestBuckets {
    let service: BucketService
    let catalog: Catalog
    let store: BlobStore
    let folder: String

    /// Puts an object with these bytes at `key`.
    @discardableResult
    func put(_ bytes: [UInt8], _ key: String, if condition: WriteCondition = .none) async throws -> ObjectPlacement {
        let stored = try await stored(bytes)
        let object = ObjectRecord(
            key: key,
            blob: stored.blob,
            byteCount: stored.byteCount,
            etag: stored.md5.hexadecimal,
            modifiedAt: .at(0)
        )
        return try await service.putObject(object, in: "b", if: condition)
    }

    func stored(_ bytes: [UInt8]) async throws -> StoredBytes {
        let writer = try await service.beginObject()
        try await writer.append(bytes)
        return try await writer.finish()
    }

    func uri(_ key: String) -> ObjectURI { ObjectURI(bucket: "b", key: key) }

    /// Returns the bytes of an object; `nil` if there is none.
    func bytes(_ key: String) async throws -> [UInt8]? {
        guard let object = try await service.open(uri(key)) else { return nil }
        return try read(object)
    }

    func read(_ object: OpenObject) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: object.record.byteCount)
        var position = 0
        while position < bytes.count {
            position += try bytes.withUnsafeMutableBytes { buffer in
                try object.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[position...]), at: position)
            }
        }
        return bytes
    }

    /// The file with an object's bytes.
    func path(_ key: String) async throws -> String? {
        guard let object = try await service.object(at: uri(key)) else { return nil }
        return try await service.localCopy(of: object).path
    }

    func upload(_ key: String, id: String = "u", at time: Date = .at(0)) -> UploadRecord {
        UploadRecord(id: id, bucket: "b", key: key, contentType: nil, headers: [:], createdAt: time)
    }

    /// Puts a part with these bytes.
    func part(_ bytes: [UInt8], _ number: Int, of upload: String = "u") async throws -> UploadPart? {
        let stored = try await stored(bytes)
        let part = UploadPart(
            number: number,
            blob: stored.blob,
            byteCount: stored.byteCount,
            etag: stored.md5.hexadecimal,
            checksum: nil,
            modifiedAt: .at(0)
        )
        return try await service.putPart(part, of: upload) ? part : nil
    }

    /// Completes an upload of `key` with these parts.
    func complete(
        _ parts: [UploadPart],
        _ key: String,
        id: String = "u",
        if condition: WriteCondition = .none
    ) async throws -> ObjectPlacement? {
        let object = ObjectRecord(
            key: key,
            blob: "",
            byteCount: parts.reduce(0) { $0 + $1.byteCount },
            etag: "e-\(parts.count)",
            modifiedAt: .at(0)
        )
        return try await service.completeUpload(id, of: parts, as: object, in: "b", if: condition)
    }
}

/// Calls `body` with an empty bucket `b`.
func withBuckets(_ body: (TestBuckets) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let catalog = try Catalog(path: folder + "/roost.sqlite")
        let store = try BlobStore(folder: folder + "/objects")
        let service = BucketService(catalog: catalog, blobs: store)
        _ = try await service.addBucket("b", region: "us-east-1", at: .at(0))
        try await body(TestBuckets(service: service, catalog: catalog, store: store, folder: folder))
    }
}

extension Date {
    /// Returns a time; the catalog stores microseconds.
    static func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + seconds) }
}
