package import Archives
package import Catalog
package import Definitions
import Encodings
package import Foundation
package import Storage
import WorkThreads

/// `s3://BUCKET/KEY`: an object, or a prefix of keys.
package struct ObjectURI: Sendable, Hashable, CustomStringConvertible {
    package var bucket: String
    package var key: String

    package init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    /// - Parameter field: The request's field that contains the URI.
    /// - Throws: ``RoostError`` if the text is not an S3 URI.
    package init(_ text: String, field: String) throws(RoostError) {
        guard text.hasPrefix("s3://"), case let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1),
            let bucket = parts.first, text.dropFirst(5).first != "/"
        else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(200))' is not an S3 URI. Expected s3://BUCKET/KEY.",
                field: field
            )
        }
        self.init(bucket: String(bucket), key: parts.count > 1 ? String(parts[1]) : "")
    }

    /// Returns the URI of `path` below this one, whether or not this one ends with a slash.
    package func appending(_ path: String) -> ObjectURI {
        ObjectURI(bucket: bucket, key: key.isEmpty || key.hasSuffix("/") ? key + path : key + "/" + path)
    }

    package var description: String { "s3://\(bucket)/\(key)" }
}

extension Platform {
    package func bucket(named name: String) async throws -> BucketRecord? { try await catalog.bucket(named: name) }

    /// Returns the object; `nil` if there is none.
    package func object(at uri: ObjectURI) async throws -> ObjectRecord? {
        try await catalog.object(uri.key, in: uri.bucket)
    }

    /// Whether a key begins with the URI's.
    package func hasObjects(under uri: ObjectURI) async throws -> Bool {
        try await !catalog.objects(in: uri.bucket, prefix: uri.key, after: "", limit: 1).isEmpty
    }

    /// Returns every object whose key begins with the URI's key, in key order.
    package func objects(under uri: ObjectURI) async throws -> [ObjectRecord] {
        var found: [ObjectRecord] = []
        while true {
            let page = try await catalog.objects(
                in: uri.bucket,
                prefix: uri.key,
                after: found.last?.key ?? "",
                limit: 1000
            )
            found += page
            if page.count < 1000 { return found }
        }
    }

    /// Returns an object's bytes as a local file. A later PUT or DELETE of the key unlinks the file.
    ///
    /// - Throws: ``StorageError/damaged(name:expected:actual:)`` if the file is not what was stored.
    package func localCopy(of object: ObjectRecord) async throws -> LocalCopy {
        try await offload { [blobs] in try blobs.localCopy(of: object.blob, byteCount: object.byteCount) }
    }

    /// Makes a finished blob an object, atomically, if `condition` holds for the object that it replaces. Otherwise the blob is
    /// removed.
    @discardableResult
    package func putObject(
        _ object: ObjectRecord,
        in bucket: String,
        if condition: WriteCondition = .none
    ) async throws -> ObjectPlacement {
        do {
            let placement = try await catalog.putObject(object, in: bucket, if: condition)
            switch placement {
            case .placed(let replaced): await remove(blobs: replaced.map { [$0] } ?? [])
            default: await remove(blobs: [object.blob])
            }
            return placement
        } catch {
            await remove(blobs: [object.blob])
            throw error
        }
    }

    /// Removes objects. Keys that do not exist are ignored.
    package func removeObjects(_ keys: [String], in bucket: String) async throws {
        await remove(blobs: try await catalog.removeObjects(keys, in: bucket))
    }

    /// The age at which a multipart upload that was not completed is abandoned.
    private static let uploadAge: TimeInterval = 7 * 24 * 3600

    /// Aborts multipart uploads that were abandoned.
    package func removeAbandonedUploads(at time: Date) async throws {
        await remove(blobs: try await catalog.removeUploads(before: time - Self.uploadAge))
    }

    /// Removes blobs that no record refers to. This can take a while for large files.
    package func remove(blobs names: [String]) async {
        guard !names.isEmpty else { return }
        _ = try? await offload { [blobs] in for name in names { blobs.remove(name) } }
    }

    /// Copies a local file into a bucket.
    @discardableResult
    package func putFile(_ path: String, at uri: ObjectURI, contentType: String? = nil) async throws -> ObjectRecord {
        try await putFile(try await offload { try UntrustedFile(path: path) }, at: uri, contentType: contentType)
    }

    /// Copies a file that a job wrote into a bucket.
    @discardableResult
    package func putFile(
        _ file: UntrustedFile,
        at uri: ObjectURI,
        contentType: String? = nil
    ) async throws -> ObjectRecord {
        guard try await bucket(named: uri.bucket) != nil else { throw Self.noBucket(uri.bucket) }
        let writer = try BlobWriter(store: blobs)
        while case let offset = writer.byteCount,
            case let chunk = try await offload({ try file.read(from: offset, upTo: 1 << 20) }), !chunk.isEmpty
        {
            try await writer.append(chunk)
        }
        let stored = try await writer.finish()
        let object = ObjectRecord(
            key: uri.key,
            blob: stored.blob,
            byteCount: stored.byteCount,
            etag: stored.md5.hexadecimal,
            contentType: contentType,
            modifiedAt: Date()
        )
        if try await putObject(object, in: uri.bucket) == .noBucket { throw Self.noBucket(uri.bucket) }
        return object
    }

    private static func noBucket(_ name: String) -> RoostError {
        RoostError(.notFound, "The bucket '\(name)' does not exist.", field: "output")
    }
}
