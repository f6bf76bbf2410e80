import Crypto
import Definitions
import Encodings
import Foundation
import NativeAPI
import RoostClient

/// Data of jobs that is on this machine.
///
/// It is copied to a bucket of the server, under the digest of its names and bytes. The same data is copied only once.
struct LocalData {
    static let bucket = "roost-uploads"

    let client: RoostClient
    let isQuiet: Bool

    /// Returns the S3 URI of data: `location` itself if it is one, or else that of a copy of the local file or folder.
    func uri(of location: String, field: String) async throws -> String {
        guard !location.hasPrefix("s3://") else { return location }
        guard !location.contains("://") else {
            throw RoostError(
                .invalidInput,
                "'\(location.prefix(200))' is not supported. Expected s3://BUCKET/PREFIX, or a file or folder here.",
                field: field
            )
        }
        let isFolder = LocalFiles.isFolder(location)
        let files =
            isFolder
            ? try LocalFiles.list(location)
            : [LocalFiles.File(name: (location as NSString).lastPathComponent, path: location)]
        var digests: [String] = []
        var all = SHA256()
        for file in files {
            let digest = try Self.digest(of: file.path, field: field)
            digests.append(digest)
            all.update(data: Data("\(digest) \(file.name)\n".utf8))
        }
        let folder = ObjectURI(bucket: Self.bucket, key: all.finalize().hexadecimal + "/")
        _ = try await client.createBucket(Self.bucket)
        let known = Set(try await client.allObjects(in: Self.bucket, prefix: folder.key).objects.map(\.key))
        for (file, digest) in zip(files, digests) {
            let key = folder.appending(file.name).key
            guard !known.contains(key) else { continue }
            let bar = isQuiet ? nil : ProgressBar("Copying \(file.path)")
            defer { bar?.end() }
            // An object exists completely or not at all, with these bytes.
            try await client.uploadObject(
                key,
                in: Self.bucket,
                path: file.path,
                sha256: digest
            ) { bar?.show($0, of: $1) }
        }
        return (isFolder ? folder : folder.appending(files[0].name)).description
    }

    private static func digest(of path: String, field: String) throws -> String {
        guard LocalFiles.isFile(path) else {
            throw RoostError(
                .notFound,
                "There is no readable file or folder '\(path)'. Data on the server is s3://BUCKET/PREFIX.",
                field: field
            )
        }
        return try InputFile.sha256(of: path)
    }
}
