import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
public import NativeAPI

/// Buckets and their objects.
extension RoostClient {
    /// Returns all buckets.
    public func buckets() async throws -> [Bucket] { try await get("/v1/buckets", as: BucketList.self).buckets }

    /// Creates a bucket, unless it exists.
    ///
    /// - Returns: The bucket, and whether it is new.
    public func createBucket(_ name: String) async throws -> (bucket: Bucket, isNew: Bool) {
        let response = try await execute(request(.PUT, "/v1/buckets/\(Self.escaped(name))"))
        return (try await decode(Bucket.self, response), response.status == .created)
    }

    /// Returns a part of the objects of a bucket, by key.
    ///
    /// - Parameters:
    ///   - prefix: What their keys begin with.
    ///   - delimiter: If it is not empty, a common prefix up to it stands for all keys with that prefix.
    ///   - after: ``ObjectList/next`` of the part before; empty for the first one.
    public func objects(
        in bucket: String,
        prefix: String = "",
        delimiter: String = "",
        after: String = "",
        limit: Int = 1000
    ) async throws -> ObjectList {
        let query = ["prefix": prefix, "delimiter": delimiter, "after": after, "limit": "\(limit)"]
        return try await get("/v1/buckets/\(Self.escaped(bucket))/objects", query.filter { !$0.value.isEmpty })
    }

    /// Returns all objects of a bucket whose keys begin with `prefix`, and with a delimiter their common prefixes.
    public func allObjects(in bucket: String, prefix: String = "", delimiter: String = "") async throws -> ObjectList {
        var all = ObjectList(objects: [], prefixes: [])
        var after: String? = ""
        while let start = after {
            let page = try await objects(in: bucket, prefix: prefix, delimiter: delimiter, after: start)
            all.objects += page.objects
            all.prefixes += page.prefixes
            after = page.next
        }
        return all
    }

    /// Returns an object without its bytes; `nil` if there is none.
    public func object(_ key: String, in bucket: String) async throws -> StoredObject? {
        // The first key with a prefix is the prefix itself, if there is such a key.
        try await objects(in: bucket, prefix: key, limit: 1).objects.first { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// Stores the file at `path` as an object, in place of one with the same key.
    ///
    /// - Parameters:
    ///   - sha256: The hexadecimal SHA-256 of the bytes, which the server verifies before it stores them.
    ///   - progress: Called with the number of bytes sent, and of all bytes.
    @discardableResult
    public func uploadObject(
        _ key: String,
        in bucket: String,
        path: String,
        contentType: String? = nil,
        sha256: String? = nil,
        progress: @escaping @Sendable (_ sent: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> StoredObject {
        let request = request(.PUT, Self.path(key, in: bucket, contentType, sha256))
        return try await decode(StoredObject.self, upload(path, request, progress))
    }

    /// Stores what is read from a file until its end as an object, in place of one with the same key.
    @discardableResult
    public func uploadObject(
        _ key: String,
        in bucket: String,
        from file: FileHandle,
        contentType: String? = nil
    ) async throws -> StoredObject {
        let request = request(.PUT, Self.path(key, in: bucket, contentType))
        return try await decode(StoredObject.self, upload(from: file, request))
    }

    /// Downloads an object to a new file at `path`.
    ///
    /// - Parameter progress: Called with the number of bytes received, and of all bytes.
    public func downloadObject(
        _ object: StoredObject,
        in bucket: String,
        to path: String,
        progress: @escaping @Sendable (_ received: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws {
        try await download(
            request(.GET, Self.path(object.key, in: bucket)),
            to: path,
            by: "\(path).\(UUID().uuidString).partial",
            byteCount: object.byteCount,
            progress
        )
    }

    /// Passes on the bytes of an object in pieces.
    public func readObject(_ key: String, in bucket: String, _ take: (Data) throws -> Void) async throws {
        let response = try await execute(request(.GET, Self.path(key, in: bucket)), timeout: .hours(12))
        for try await piece in response.body { try take(Data(buffer: piece)) }
    }

    /// Removes an object.
    @discardableResult
    public func removeObject(_ key: String, in bucket: String) async throws -> StoredObject {
        try await decode(StoredObject.self, execute(request(.DELETE, Self.path(key, in: bucket))))
    }

    private static func path(
        _ key: String,
        in bucket: String,
        _ contentType: String? = nil,
        _ sha256: String? = nil
    ) -> String {
        let query = [("key", key), ("content_type", contentType), ("sha256", sha256)].compactMap { name, value in
            value.map { "\(name)=\(escaped($0))" }
        }
        return "/v1/buckets/\(escaped(bucket))/object?\(query.joined(separator: "&"))"
    }
}
