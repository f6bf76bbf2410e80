package import Archives
import Catalog
package import Checksums
package import Definitions
import Encodings
import Files
package import Foundation
import Storage
import WorkThreads

extension BucketService {
    // MARK: Reading

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

    /// Returns a part of a bucket's objects; `nil` if the bucket does not exist.
    package func listing(
        of bucket: String,
        prefix: String,
        delimiter: String,
        from start: ListingStart,
        limit: Int
    ) async throws -> Listing<ObjectRecord>? {
        try await catalog.listing(of: bucket, prefix: prefix, delimiter: delimiter, from: start, limit: limit)
    }

    /// Opens an object for reading; `nil` if there is none. If it is replaced in between, opens the new one.
    ///
    /// - Throws: ``BucketError/objectChanging``.
    package func open(_ uri: ObjectURI) async throws -> OpenObject? {
        for _ in 0..<10 {
            guard let object = try await object(at: uri) else { return nil }
            let blob = try await offload { [blobs] in try blobs.openBlob(object.blob, byteCount: object.byteCount) }
            if let blob { return OpenObject(record: object, blob: blob) }
        }
        throw BucketError.objectChanging
    }

    /// Returns an object's bytes as a local file. A later PUT or DELETE of the key unlinks the file.
    ///
    /// - Throws: StorageError if the file is not what was stored.
    package func localCopy(of object: ObjectRecord) async throws -> LocalObject {
        try await offload { [blobs] in
            LocalObject(copy: try blobs.localCopy(of: object.blob, byteCount: object.byteCount))
        }
    }

    /// Returns an object's bytes; `nil` if the object is gone or was replaced. Blocks.
    ///
    /// - Throws: StorageError if the bytes are not what was stored.
    package func mappedBytes(of object: ObjectRecord) throws -> Data? {
        let path = try blobs.localCopy(of: object.blob, byteCount: object.byteCount).path
        do {
            return try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        }
    }

    /// Copies an object's bytes to a new, independent file. If the object is replaced in between, copies the new one; if it is
    /// removed, creates no file.
    ///
    /// - Returns: `false` if the path already exists.
    /// - Throws: ``BucketError/objectChanging``.
    package func copy(_ object: ObjectRecord, in bucket: String, to path: String) async throws -> Bool {
        var object = object
        for _ in 0..<10 {
            let outcome = try await offload { [object, blobs] in
                try blobs.copy(object.blob, byteCount: object.byteCount, to: path)
            }
            switch outcome {
            case .copied: return true
            case .taken: return false
            case .gone: break
            }
            guard let newer = try await self.object(at: ObjectURI(bucket: bucket, key: object.key)) else { return true }
            object = newer
        }
        throw BucketError.objectChanging
    }

    // MARK: Writing

    /// Begins to store bytes.
    ///
    /// - Parameter checksums: The checksums to compute besides the MD5.
    package func beginObject(checksums: Set<ChecksumAlgorithm> = []) async throws -> ObjectWriter {
        try await offload { [blobs] in ObjectWriter(try BlobWriter(store: blobs, checksums: checksums)) }
    }

    /// Makes finished bytes an object, atomically, if `condition` holds for the object that it replaces. Otherwise the bytes are
    /// removed.
    @discardableResult
    package func putObject(
        _ object: ObjectRecord,
        in bucket: String,
        if condition: WriteCondition = .none
    ) async throws -> ObjectPlacement {
        try await removingOnError(object.blob) {
            let placement = try await catalog.putObject(object, in: bucket, if: condition)
            switch placement {
            case .placed(let replaced): await remove(blobs: replaced.map { [$0] } ?? [])
            default: await remove(blobs: [object.blob])
            }
            return placement
        }
    }

    /// Makes the bytes of another object an object. Copies cost nothing, whatever their size: they are a second name for the same
    /// bytes.
    ///
    /// - Throws: ``BucketError/sourceReplaced``.
    package func putCopy(
        of source: ObjectRecord,
        as object: ObjectRecord,
        in bucket: String,
        if condition: WriteCondition
    ) async throws -> ObjectPlacement {
        let name = try await offload { [blobs] in try blobs.duplicate(source.blob, byteCount: source.byteCount) }
        guard let name else { throw BucketError.sourceReplaced }
        var copy = object
        copy.blob = name
        return try await putObject(copy, in: bucket, if: condition)
    }

    /// Changes the headers of an object. Returns `false` if it was replaced or removed meanwhile.
    package func setHeaders(of object: ObjectRecord, in bucket: String) async throws -> Bool {
        try await catalog.setHeaders(of: object, in: bucket)
    }

    /// Removes objects. Keys that do not exist are ignored.
    package func removeObjects(_ keys: [String], in bucket: String) async throws {
        await remove(blobs: try await catalog.removeObjects(keys, in: bucket))
    }

    /// Stores bytes as an object.
    package func put(_ bytes: [UInt8], at uri: ObjectURI, contentType: String, modifiedAt time: Date) async throws {
        let writer = try await beginObject()
        try await writer.append(bytes)
        let object = ObjectRecord(key: uri.key, try await writer.finish(), contentType: contentType, modifiedAt: time)
        if try await putObject(object, in: uri.bucket) == .noBucket { throw Self.noBucket(uri.bucket) }
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
        let stored = try await ObjectWriter(writer).finish()
        let object = ObjectRecord(key: uri.key, stored, contentType: contentType, modifiedAt: Date())
        if try await putObject(object, in: uri.bucket) == .noBucket { throw Self.noBucket(uri.bucket) }
        return object
    }

    /// Runs `work`, and removes a blob that has no record yet if it fails.
    func removingOnError<Result>(_ blob: String, _ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch {
            await remove(blobs: [blob])
            throw error
        }
    }

    private static func noBucket(_ name: String) -> RoostError {
        RoostError(.notFound, "The bucket '\(name)' does not exist.", field: "output")
    }
}
