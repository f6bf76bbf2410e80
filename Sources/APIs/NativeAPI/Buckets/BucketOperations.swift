package import Buckets
import Checksums
import Definitions
import Encodings
import Foundation

/// The operations on buckets and their objects. Keys are in the query, because they may contain anything, such as `..` and `//`,
/// that proxies change in a path.
package struct BucketOperations: OperationGroup {
    let buckets: BucketService
    /// The maximum number of bytes of an object.
    let objectLimit: Int

    package init(buckets: BucketService, objectLimit: Int) {
        self.buckets = buckets
        self.objectLimit = objectLimit
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/buckets",
            id: "listBuckets",
            "List buckets, by name",
            query: .page,
            returns: BucketList.self
        ) { call in
            let (found, total) = try call.page(of: try await buckets.buckets(), by: \.name)
            return BucketList(buckets: found.map(Bucket.init), total: total)
        }

        APIOperation(
            .put,
            "/v1/buckets/{bucket}",
            id: "createBucket",
            "Create a bucket, unless it exists",
            response: .json(Bucket.self),
            or: [(.created, "The bucket is new")]
        ) { call in
            let (bucket, isNew) = try await create(call.parameter("bucket"))
            return try .json(encoding: bucket, status: isNew ? .created : .ok)
        }

        APIOperation(
            .delete,
            "/v1/buckets/{bucket}",
            id: "deleteBucket",
            "Delete a bucket without objects",
            returns: Bucket.self,
            handler: delete
        )

        APIOperation(
            .delete,
            "/v1/buckets/{bucket}/objects",
            id: "removeObjects",
            "Remove all objects of a bucket, or those whose keys begin with a prefix",
            query: [QueryParameter("prefix")],
            returns: ObjectRemoval.self,
            handler: empty
        )

        APIOperation(
            .get,
            "/v1/buckets/{bucket}/objects",
            id: "listObjects",
            "List the objects of a bucket, by key",
            query: [
                QueryParameter("prefix"), QueryParameter("delimiter"), QueryParameter("after"),
                QueryParameter("limit", .integer(min: 1, max: Self.pageLimit)),
            ],
            returns: ObjectList.self,
            handler: list
        )

        APIOperation(
            .get,
            "/v1/buckets/{bucket}/object",
            id: "downloadObject",
            "Download an object",
            query: [QueryParameter("key")],
            response: .bytes
        ) { call in
            let uri = try uri(call)
            guard let object = try await buckets.open(uri) else { throw await missing(uri) }
            // Not the object's own type: a page in a bucket must not run as a page of this server.
            return Reply(
                .stream(ObjectPieces(object: object), byteCount: object.record.byteCount),
                contentType: "application/octet-stream"
            )
        }

        APIOperation(
            .put,
            "/v1/buckets/{bucket}/object",
            id: "uploadObject",
            "Upload an object, in place of one with the same key",
            query: [QueryParameter("key"), QueryParameter("content_type"), QueryParameter("sha256")],
            upload: true,
            returns: StoredObject.self,
            status: .created,
            handler: upload
        )

        APIOperation(
            .delete,
            "/v1/buckets/{bucket}/object",
            id: "removeObject",
            "Remove an object",
            query: [QueryParameter("key")],
            returns: StoredObject.self
        ) { call in
            let uri = try uri(call)
            guard let object = try await buckets.object(at: uri) else { throw await missing(uri) }
            try await buckets.removeObjects([uri.key], in: uri.bucket)
            return StoredObject(object)
        }
    }

    private static let pageLimit = 1000

    private func create(_ name: String) async throws -> (Bucket, isNew: Bool) {
        guard Name.isAllowed(bucket: name) else {
            throw RoostError(
                .invalidInput,
                "'\(name.prefix(80))' is not a valid bucket name. It must be 3 to 63 lower-case letters, digits, '.' or "
                    + "'-', and start and end with a letter or digit.",
                field: "bucket"
            )
        }
        let isNew = try await buckets.addBucket(name, region: "us-east-1", at: Date())
        guard let bucket = try await buckets.bucket(named: name) else { throw Self.noBucket(name) }
        return (Bucket(bucket), isNew)
    }

    private func delete(_ call: Call) async throws -> Bucket {
        let name = try call.parameter("bucket")
        guard let bucket = try await buckets.bucket(named: name) else { throw Self.noBucket(name) }
        switch try await buckets.removeBucket(name) {
        case .removed: return Bucket(bucket)
        case .noBucket: throw Self.noBucket(name)
        case .notEmpty:
            throw RoostError(
                .conflict,
                "The bucket '\(name)' has objects. Remove them first.",
                field: "bucket"
            )
        }
    }

    /// Removes objects page by page. Those that are added meanwhile may stay.
    private func empty(_ call: Call) async throws -> ObjectRemoval {
        let name = try call.parameter("bucket")
        let prefix = call.query("prefix") ?? ""
        var removal = ObjectRemoval(removed: 0)
        var start = ListingStart.beginning
        while true {
            let listing = try await buckets.listing(
                of: name,
                prefix: prefix,
                delimiter: "",
                from: start,
                limit: Self.pageLimit
            )
            guard let listing else { throw Self.noBucket(name) }
            let keys = listing.entries.compactMap { entry in
                if case .item(let object) = entry { object.key } else { nil }
            }
            guard let last = keys.last else { return removal }
            try await buckets.removeObjects(keys, in: name)
            removal.removed += keys.count
            guard listing.isTruncated else { return removal }
            start = .after(last)
        }
    }

    private func list(_ call: Call) async throws -> ObjectList {
        let bucket = try call.parameter("bucket")
        let (prefix, delimiter) = (call.query("prefix") ?? "", call.query("delimiter") ?? "")
        let after = call.query("after") ?? ""
        var start = ListingStart.beginning
        if !after.isEmpty {
            // A common prefix stands for everything below it. An object's key ends like one only if it is the prefix.
            let isPrefix = !delimiter.isEmpty && after.hasSuffix(delimiter) && after != prefix
            start = isPrefix ? .afterPrefix(after) : .after(after)
        }
        let listing = try await buckets.listing(
            of: bucket,
            prefix: prefix,
            delimiter: delimiter,
            from: start,
            limit: call.number("limit", 1...Self.pageLimit) ?? Self.pageLimit
        )
        guard let listing else { throw Self.noBucket(bucket) }
        var list = ObjectList(objects: [], prefixes: [])
        for entry in listing.entries {
            switch entry {
            case .item(let object): list.objects.append(StoredObject(object))
            case .prefix(let prefix): list.prefixes.append(prefix)
            }
        }
        if listing.isTruncated, let last = listing.entries.last {
            list.next =
                switch last {
                case .item(let object): object.key
                case .prefix(let prefix): prefix
                }
        }
        return list
    }

    private func upload(_ call: Call) async throws -> StoredObject {
        let uri = try uri(call)
        let expected = try call.query("sha256").map { text in
            guard let digest = [UInt8](hexadecimal: text), digest.count == 32 else {
                throw RoostError(.invalidInput, "'sha256' must be 64 hexadecimal digits.", field: "sha256")
            }
            return digest
        }
        let contentType = call.query("content_type")
        guard contentType.map({ $0.isHeaderValue && $0.utf8.count <= 256 }) ?? true else {
            throw RoostError(.invalidInput, "The value of 'content_type' is not valid.", field: "content_type")
        }
        guard try await buckets.bucket(named: uri.bucket) != nil else { throw Self.noBucket(uri.bucket) }
        let writer = try await buckets.beginObject(checksums: expected == nil ? [] : [.sha256])
        try await call.body.receive("object", upTo: objectLimit) { try await writer.append($0) }
        let stored = try await writer.finish { _, checksums in
            guard expected == nil || checksums[.sha256] == expected else {
                throw RoostError(.invalidInput, "The SHA-256 of the body is not the one in 'sha256'.", field: "sha256")
            }
        }
        let object = ObjectRecord(key: uri.key, stored, contentType: contentType, modifiedAt: Date())
        guard case .placed = try await buckets.putObject(object, in: uri.bucket) else {
            throw Self.noBucket(uri.bucket)
        }
        return StoredObject(object)
    }

    private func uri(_ call: Call) throws(RoostError) -> ObjectURI {
        guard let key = call.query("key"), !key.isEmpty else {
            throw RoostError(.invalidInput, "The query parameter 'key' is missing.", field: "key")
        }
        guard key.utf8.count <= ObjectRecord.keyLimit, !key.utf8.contains(0) else {
            throw RoostError(
                .invalidInput,
                "The key must have at most \(ObjectRecord.keyLimit) bytes, and no NUL character.",
                field: "key"
            )
        }
        return ObjectURI(bucket: try call.parameter("bucket"), key: key)
    }

    private func missing(_ uri: ObjectURI) async -> RoostError {
        guard (try? await buckets.bucket(named: uri.bucket)) != nil else { return Self.noBucket(uri.bucket) }
        return RoostError(.notFound, "There is no object \(uri).", field: "key")
    }

    private static func noBucket(_ name: String) -> RoostError {
        RoostError(.notFound, "The bucket '\(name.prefix(80))' does not exist.", field: "bucket")
    }
}
